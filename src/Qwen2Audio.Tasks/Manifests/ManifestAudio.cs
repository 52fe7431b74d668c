using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Tasks.Manifests;

/// <summary>Reads the audio of a manifest's rows.</summary>
public static class ManifestAudio
{
    /// <summary>The clip of a row: a file or a part of it, at the file's own rate and channels.</summary>
    /// <exception cref="IOException">It cannot be read; content, rate or length of the file differ from the row, or the file is too short for its part.</exception>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static AudioClip Read(ManifestRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (RowCheck.Content(row) is { } changed) throw new IOException(changed);
        var clip = AudioFile.Read(row.Path);
        if (RowCheck.SampleRate(row, clip.SampleRate) is { } other) throw new IOException(other);
        if (RowCheck.Duration(row, clip.Seconds) is { } length) throw new IOException(length);
        if (row.Offset is not { } from) return clip;
        try
        {
            return clip.Part(from, row.Seconds, RowCheck.DurationTolerance);
        }
        catch (ArgumentException exception)
        {
            throw new IOException($"{row.Path}: {exception.Message}", exception);
        }
    }
}
