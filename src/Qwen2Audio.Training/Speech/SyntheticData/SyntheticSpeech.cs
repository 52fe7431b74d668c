using System.Security.Cryptography;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data.Loading;

namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>
/// Creates a corpus of synthetic speech with flite and espeak-ng: 16 kHz WAV files and a manifest. The corpus is a function of the
/// options; interrupted work is resumed, and damaged clips are created again.
/// </summary>
internal static class SyntheticSpeech
{
    /// <summary>Creates missing clips in <paramref name="folder"/>, and <c>manifest.tsv</c> once all clips exist.</summary>
    /// <param name="progress">Called on several threads with the number of existing clips and the total.</param>
    /// <exception cref="SynthesisException">A synthesiser is not installed or failed.</exception>
    public static SyntheticSpeechResult Make(
        string folder, SyntheticSpeechOptions options, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var plan = SyntheticUtterance.Plan(options);
        CheckPrograms(plan);
        foreach (var kind in plan.Select(utterance => Path.GetDirectoryName(utterance.File)!).Distinct())
            Directory.CreateDirectory(Path.Combine(folder, kind));
        var known = Known(folder);
        var rows = new ManifestRow[plan.Count];
        var (made, done) = (0, 0);
        try
        {
            Parallel.For(0, plan.Count, LoaderThreads.Of(options.Processes, cancellation), i =>
            {
                rows[i] = Row(folder, plan[i], known.GetValueOrDefault(plan[i].File), out var isNew);
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

    /// <summary>Checksums by file, from the last complete manifest.</summary>
    private static Dictionary<string, string> Known(string folder)
    {
        var manifest = Path.Combine(folder, "manifest.tsv");
        if (!File.Exists(manifest)) return [];
        try
        {
            return Manifest.Read(manifest).Rows.Where(row => row.Sha256.Length > 0)
                .ToDictionary(row => Path.GetRelativePath(Path.GetFullPath(folder), row.Path).Replace('\\', '/'), row => row.Sha256, StringComparer.Ordinal);
        }
        catch (ManifestException)
        {
            return []; // it will be written again
        }
    }

    /// <summary>Runs each synthesiser that the options need once, to check that it works.</summary>
    /// <exception cref="SynthesisException">A synthesiser is not installed or does not run.</exception>
    public static void CheckPrograms(SyntheticSpeechOptions options) => CheckPrograms(SyntheticUtterance.Plan(options));

    private static void CheckPrograms(IReadOnlyList<SyntheticUtterance> plan)
    {
        foreach (var engine in plan.Select(utterance => utterance.Voice.Engine).Distinct().Order())
            SynthesisProgram.Run(SynthesisProgram.Program(engine), [engine == SynthesisEngine.Flite ? "-lv" : "--version"]);
    }

    private static ManifestRow Row(string folder, SyntheticUtterance utterance, string? known, out bool isNew)
    {
        var path = Path.Combine(folder, utterance.File);
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        isNew = !WaveBytes.AreWhole(bytes, LogMel.SampleRate) || (known is not null && known != Sum(bytes));
        if (isNew) AtomicFile.Write(path, bytes = Synthesise(utterance, path));
        return new ManifestRow
        {
            Path = utterance.File,
            Dataset = utterance.Dataset,
            Task = utterance.Kind == DatasetKind.Spelled ? "asr" : "classification+asr",
            Text = utterance.Text,
            Speaker = utterance.Voice.Speaker,
            Split = "train",
            Licence = $"synthesised by {SynthesisProgram.Program(utterance.Voice.Engine)} (Debian package)",
            Source = utterance.Voice.Settings,
            Seconds = (bytes.Length - WavWriter.HeaderBytes) / (2.0 * LogMel.SampleRate),
            SampleRate = LogMel.SampleRate,
            Sha256 = Sum(bytes),
        };
    }

    private static string Sum(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Synthesise(SyntheticUtterance utterance, string path)
    {
        var raw = path + ".raw";
        try
        {
            SynthesisProgram.Run(SynthesisProgram.Program(utterance.Voice.Engine), utterance.Voice.Arguments(utterance.Spoken, raw));
            if (!File.Exists(raw)) throw new SynthesisException($"{utterance.Voice.Engine} wrote no sound for \"{utterance.Spoken}\".");
            var clip = AudioPreparation.Prepare(AudioFile.Read(raw));
            return WaveBytes.Of(clip.Samples, LogMel.SampleRate);
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
}
