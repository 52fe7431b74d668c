using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>The audio files of a report: a clip has the same relative path in each folder of decoded audio.</summary>
internal static class SoundFiles
{
    private const double Tolerance = 0.1; // seconds; codecs end with a whole frame
    private static readonly string[] Endings = [".wav", ".flac"];
    private static readonly string[] Audio = [".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff", ".aif", ".au"];

    /// <summary>The audio files of a folder, in order of their paths.</summary>
    /// <exception cref="ManifestException">There are none.</exception>
    public static IReadOnlyList<ManifestRow> Of(string folder)
    {
        var root = Path.GetFullPath(folder);
        var files = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(file => Audio.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0) throw new ManifestException(folder, 0, null, $"the folder has no audio file ({string.Join(", ", Audio)}).");
        return [.. files.Select(file => new ManifestRow { Path = file, Dataset = Path.GetFileName(Path.GetDirectoryName(file)!), Text = "", Split = "" })];
    }

    /// <summary>A clip's path without ending, relative to a folder; a clip elsewhere keeps the names of its folders.</summary>
    public static string Relative(string root, ManifestRow row)
    {
        var relative = Path.GetRelativePath(root, row.Path);
        var inside = string.Join(Path.DirectorySeparatorChar, relative.Split(Path.DirectorySeparatorChar).Where(part => part is not ("" or ".." or ".")));
        return Path.ChangeExtension(inside, null) + (row.Offset is { } from ? "-" + from.ToString("0.###", CultureInfo.InvariantCulture) : "");
    }

    /// <summary>A decoded clip, at a sampling rate.</summary>
    /// <returns>The samples, as many as asked for, and by how many seconds the file is longer.</returns>
    /// <exception cref="IOException">The file is missing, or its length differs too much.</exception>
    /// <exception cref="AudioFormatException">It is not usable audio.</exception>
    public static (float[] Samples, double Difference) Decoded(string folder, string name, int samples, int rate)
    {
        var path = Endings.Select(ending => Path.Combine(folder, name + ending)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{Path.Combine(folder, name + Endings[0])}: there is no such file; allowed: the decoded clip as WAV or FLAC.");
        var clip = AudioPreparation.Prepare(AudioFile.Read(path), rate);
        var difference = (double)(clip.Samples.Length - samples) / rate;
        if (Math.Abs(difference) > Tolerance)
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{path}: {clip.Seconds:0.###} s long; the clip has {(double)samples / rate:0.###} s; allowed: a difference of {Tolerance} s."));
        return (Fitted(clip.Samples, samples), difference);
    }

    /// <summary>Exactly that many samples: a missing end is silent.</summary>
    public static float[] Fitted(ReadOnlySpan<float> made, int samples)
    {
        var fitted = new float[samples];
        made[..Math.Min(samples, made.Length)].CopyTo(fitted);
        return fitted;
    }

    /// <summary>Writes audio as 16-bit WAV; returns the number of samples clipped.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static int Write(string folder, string name, ReadOnlySpan<float> samples, int rate)
    {
        var path = Path.Combine(folder, name + Endings[0]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bytes = new MemoryStream();
        var clipped = WavWriter.Write(bytes, samples, rate);
        AtomicFile.Write(path, bytes.ToArray());
        return clipped;
    }
}
