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
            List<ManifestRow> rows = [.. Manifest.Read(manifest, skipRepeated: true).Rows.Where(row => wanted.Datasets.Contains(row.Dataset) && (Splits.Matches(row.Split, wanted.Split) || Splits.Matches(row.Split, Splits.Validation)))];
            if (rows.Count == 0) continue;
            var file = Path.Combine(folder, $"alignments-{files.Count + 1}.jsonl");
            Console.Error.WriteLine(TerminalText.Message($"aligning {string.Join(", ", rows.Select(row => row.Dataset).Distinct())} with {wanted.Model}"));
            AlignmentRun.Run(aligner, rows, new AlignmentOptions // the corpus tells which of them failed
            {
                Manifest = manifest,
                Out = file,
                Resume = File.Exists(file),
                Model = wanted.Model,
                Pronunciations = string.Join(", ", wanted.Dictionaries) + (wanted.LetterToSound ? ", letter-to-sound" : ""),
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            }, cancellation);
            files.Add(file);
        }

        return training.With(files);
    }
}
