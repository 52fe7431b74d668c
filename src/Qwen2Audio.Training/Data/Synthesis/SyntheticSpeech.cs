using System.Text;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Training.Data.Synthesis;

/// <summary>
/// Makes a corpus of synthetic speech with Debian's flite and espeak-ng: 16 kHz WAV files and a manifest. The corpus is a function of the
/// options; work that was cut off goes on where it stopped.
/// </summary>
public static class SyntheticSpeech
{
    /// <summary>Makes what is missing in <paramref name="folder"/> and writes <c>manifest.tsv</c> when all clips are there.</summary>
    /// <param name="progress">Called with (clips that are there, all clips), from several threads.</param>
    /// <exception cref="SynthesisException">A synthesiser is not installed or failed.</exception>
    public static SyntheticSpeechResult Make(
        string folder, SyntheticSpeechOptions options, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var plan = SyntheticUtterance.Plan(options);
        CheckPrograms(plan);
        foreach (var dataset in plan.Select(utterance => Path.GetDirectoryName(utterance.File)!).Distinct())
            Directory.CreateDirectory(Path.Combine(folder, dataset));
        var rows = new ManifestRow[plan.Count];
        var (made, done) = (0, 0);
        try
        {
            Parallel.For(0, plan.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Processes, CancellationToken = cancellation }, i =>
            {
                rows[i] = Row(folder, plan[i], out var isNew);
                if (isNew) Interlocked.Increment(ref made);
                progress?.Invoke(Interlocked.Increment(ref done), plan.Count);
            });
        }
        catch (AggregateException exception) when (exception.Flatten().InnerExceptions.Any(inner => inner is OperationCanceledException))
        {
            throw new OperationCanceledException(null, exception, cancellation);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.OfType<SynthesisException>().FirstOrDefault() is { } first)
        {
            throw new SynthesisException(first.Message, exception);
        }

        var manifest = Path.Combine(folder, "manifest.tsv");
        AtomicFile.Write(manifest, Encoding.UTF8.GetBytes(Manifest.Format(rows)));
        return new SyntheticSpeechResult(manifest, made, plan.Count - made, rows.Sum(row => row.Seconds));
    }

    /// <summary>Runs each synthesiser that the options need once, to see that it is there.</summary>
    /// <exception cref="SynthesisException">One is not installed or does not run.</exception>
    public static void CheckPrograms(SyntheticSpeechOptions options) => CheckPrograms(SyntheticUtterance.Plan(options));

    private static void CheckPrograms(IReadOnlyList<SyntheticUtterance> plan)
    {
        foreach (var engine in plan.Select(utterance => utterance.Voice.Engine).Distinct().Order())
            SynthesisProgram.Run(SynthesisProgram.Program(engine), [engine == SynthesisEngine.Flite ? "-lv" : "--version"]);
    }

    private static ManifestRow Row(string folder, SyntheticUtterance utterance, out bool isNew)
    {
        var path = Path.Combine(folder, utterance.File);
        var file = new FileInfo(path);
        isNew = !file.Exists || file.Length <= WaveBytes.Header;
        if (isNew) Synthesise(utterance, path);
        file.Refresh();
        return new ManifestRow
        {
            Path = utterance.File,
            Dataset = utterance.Dataset,
            Task = utterance.Dataset == "synthetic-an4" ? "asr" : "classification+asr",
            Text = utterance.Text,
            Speaker = utterance.Voice.Speaker,
            Split = "train",
            Licence = $"synthesised by {SynthesisProgram.Program(utterance.Voice.Engine)} (Debian package)",
            Source = utterance.Voice.Settings,
            Seconds = (file.Length - WaveBytes.Header) / (2.0 * LogMel.SampleRate),
            SampleRate = LogMel.SampleRate,
        };
    }

    private static void Synthesise(SyntheticUtterance utterance, string path)
    {
        var raw = path + ".raw";
        try
        {
            SynthesisProgram.Run(SynthesisProgram.Program(utterance.Voice.Engine), utterance.Voice.Arguments(utterance.Spoken, raw));
            if (!File.Exists(raw)) throw new SynthesisException($"{utterance.Voice.Engine} wrote no sound for \"{utterance.Spoken}\".");
            var clip = AudioPreparation.Prepare(AudioFile.Read(raw));
            Put(path, WaveBytes.Of(clip.Samples, LogMel.SampleRate));
        }
        catch (AudioFormatException exception)
        {
            throw new SynthesisException($"{utterance.Voice.Engine} wrote no valid sound for \"{utterance.Spoken}\": {exception.Message}", exception);
        }
        finally
        {
            File.Delete(raw);
        }
    }

    // Under another name first, so that a file that is there is whole. Clips can be made again: they are not forced to the disk one by one.
    private static void Put(string path, byte[] bytes)
    {
        var partial = path + ".partial";
        File.WriteAllBytes(partial, bytes);
        File.Move(partial, path, overwrite: true);
    }
}
