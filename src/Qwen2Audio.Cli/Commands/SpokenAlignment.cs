using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Alignment;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Aligns the recordings that a run learns to speak, if its recipe names no alignments: with the model that it begins from, once, in the run's folder.</summary>
internal static class SpokenAlignment
{
    /// <summary>The run with its alignments.</summary>
    /// <param name="training">The run.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancellation">Cancels the work; the same command goes on.</param>
    public static SpeechRun Make(SpeechRun training, string folder, int threads, CancellationToken cancellation)
    {
        if (training.ToAlign is not { } wanted) return training;
        using var model = SpeechModel.Load(wanted.Model, new ModelLoadOptions { Threads = threads });
        var aligner = new ForcedAligner(model, LexiconBuilder.Read(wanted.Dictionaries, words: null, out _), wanted.LetterToSound ? LetterToSoundTrainer.Train(wanted.Dictionaries) : null);
        var files = new List<string>();
        foreach (var manifest in wanted.Manifests)
        {
            var known = Manifest.Read(manifest, skipRepeated: true).Rows.Select(row => row.Dataset).ToHashSet(StringComparer.Ordinal);
            List<string> datasets = [.. wanted.Datasets.Where(known.Contains)];
            if (datasets.Count == 0) continue;
            var file = Path.Combine(folder, $"alignments-{files.Count + 1}.jsonl");
            Console.Error.WriteLine(TerminalText.Message($"aligning {string.Join(", ", datasets)} with {wanted.Model}"));
            var result = AlignmentRun.Run(aligner, new AlignmentOptions
            {
                Manifest = manifest,
                Datasets = datasets,
                Out = file,
                Resume = File.Exists(file),
                Model = wanted.Model,
                Pronunciations = string.Join(", ", wanted.Dictionaries) + (wanted.LetterToSound ? ", letter-to-sound" : ""),
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            }, cancellation);
            foreach (var failure in result.Failures) Warnings.Write($"not aligned: {failure}");
            files.Add(file);
        }

        return training.With(files);
    }
}
