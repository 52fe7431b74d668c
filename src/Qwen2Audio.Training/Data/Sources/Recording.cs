using System.Diagnostics.CodeAnalysis;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Shards;

namespace Qwen2Audio.Training.Data.Sources;

/// <summary>One recording with its text: a file, a part of a file, or a file within a shard.</summary>
internal sealed class Recording
{
    private readonly ShardClip? _clip;

    /// <summary>The recording of a manifest's row.</summary>
    public Recording(ManifestRow row) => Row = row;

    /// <summary>A recording within a shard.</summary>
    public Recording(ShardClip clip) => (Row, _clip) = (clip.Row, clip);

    /// <summary>The manifest or pattern of shards that lists it; empty if there is none.</summary>
    public string ListedIn { get; init; } = "";

    /// <summary>Path, text, length and the like.</summary>
    public ManifestRow Row { get; }

    /// <summary>Whether its file exists; it may still be unusable.</summary>
    public bool IsThere => _clip is not null || File.Exists(Row.Path);

    /// <summary>Decodes the recording.</summary>
    /// <exception cref="AudioFormatException">The content is not usable.</exception>
    /// <exception cref="ShardException">The shard has changed.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">The row refers to a part that the file does not have.</exception>
    public AudioClip Read()
    {
        var clip = _clip is null ? AudioFile.Read(Row.Path) : AudioFile.Read(new MemoryStream(_clip.ReadAudio(), writable: false), name: Row.Path);
        return Row.Offset is { } from ? clip.Part(from, Row.Seconds, RowCheck.DurationTolerance) : clip;
    }

    /// <summary>
    /// Decodes the recording; null, with the reason, when it cannot be read or differs from its row (length, sample rate, SHA-256).
    /// Errors of the program itself are thrown.
    /// </summary>
    [SuppressMessage("Design", "CA1021", Justification = "a reason beside a result that may be missing")]
    public AudioClip? TryRead(out string reason)
    {
        try
        {
            reason = (Row.Sha256.Length == 0 ? null : RowCheck.Content(Row, _clip?.ReadAudio())) ?? "";
            if (reason.Length > 0) return null;
            var clip = Read();
            reason = RowCheck.SampleRate(Row, clip.SampleRate) ?? RowCheck.Duration(Row, clip.Seconds) ?? "";
            return reason.Length == 0 ? clip : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AudioFormatException or ShardException)
        {
            reason = exception.Message;
        }
        catch (ArgumentException exception)
        {
            reason = $"{Row.Path}: {MessageText.Reason(exception)}";
        }

        return null;
    }
}
