using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Audio as tokens.</summary>
public sealed record AudioTokens
{
    /// <summary>The header of a token file: codec, sampling rate, codebooks.</summary>
    public required TokenFileHeader Header { get; init; }

    /// <summary>The frames in order; if the codec has chunks, one item per chunk.</summary>
    public required IReadOnlyList<TokenPiece> Pieces { get; init; }

    /// <summary>Length of the audio in samples per channel.</summary>
    public required long Samples { get; init; }

    /// <summary>Changes made to the audio before it was encoded: resampling, mixing down, …</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; init; } = [];

    /// <summary>Number of frames.</summary>
    public long Frames => Pieces.Sum(piece => (long)piece.Frames);

    /// <summary>All codes, [frames, codebooks].</summary>
    public IReadOnlyList<int> Codes => [.. Pieces.SelectMany(piece => piece.Codes)];

    /// <summary>Duration in seconds.</summary>
    public double Seconds => (double)Samples / Header.SamplingRate;

    /// <summary>Bitrate of the plain codes, before entropy coding, in kbit/s.</summary>
    public double Kilobits => Samples == 0 ? 0 : Frames * Header.Codebooks * Math.Log2(Header.Entries) / Seconds / 1000;
}

/// <summary>Result of encoding to a token file, or of decoding one.</summary>
public sealed record CodingResult
{
    /// <summary>Length of the audio in samples per channel.</summary>
    public required long Samples { get; init; }

    /// <summary>Duration in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Number of frames.</summary>
    public required long Frames { get; init; }

    /// <summary>Number of codebooks.</summary>
    public required int Codebooks { get; init; }

    /// <summary>Changes made to the audio: resampling, mixing down, clipping, …</summary>
    public required IReadOnlyList<TaskWarning> Warnings { get; init; }
}

/// <summary>Options of <see cref="AudioTokenizer"/> for encoding.</summary>
public sealed record AudioEncodingOptions
{
    /// <summary>Number of codebooks, which sets the bitrate; null: all.</summary>
    public int? Codebooks { get; init; }

    /// <summary>
    /// Our codec expects audio at one level. Null: each stretch of ten seconds is brought to this level, for which the stretch must be complete. A number:
    /// all samples are multiplied by it, and tokens follow with only the codec's own delay. Decoding restores the level in both cases. Other codecs do not accept a gain.
    /// </summary>
    public double? Gain { get; init; }

    /// <summary>Limits and choices for reading files and streams.</summary>
    public Audio.AudioReadOptions Reading { get; init; } = new();
}
