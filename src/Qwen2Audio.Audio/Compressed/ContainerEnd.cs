namespace Qwen2Audio.Audio.Compressed;

/// <summary>How a file's audio ends.</summary>
internal enum EndKind
{
    /// <summary>At its declared end, or in a container that is not examined here.</summary>
    Whole,

    /// <summary>At the end of the file, without a declared end: a recording that was interrupted, or written to a pipe.</summary>
    Open,

    /// <summary>Before its declared end.</summary>
    Early,
}

/// <summary>What a file's container says about the end of the audio; libsndfile does not report it.</summary>
internal sealed record ContainerEnd(EndKind Kind)
{
    /// <summary>Bytes up to the end of the audio; null: all.</summary>
    public long? AudioBytes { get; init; }

    /// <summary>Samples per channel in the frames, including those that the encoder added; 0: unknown.</summary>
    public long Samples { get; init; }

    /// <summary>How many samples an encoder may add at the two ends.</summary>
    public long Added { get; init; }

    /// <summary>Bytes of coded samples; null: unknown.</summary>
    public long? SampleBytes { get; init; }

    /// <summary>Bytes of a block of coded samples; 0: unknown.</summary>
    public int BlockBytes { get; init; }

    /// <summary>Messages about bytes that are not decoded and may also be audio.</summary>
    public IReadOnlyList<string> LeftOver { get; init; } = [];

    /// <summary>A message that says why the end is open.</summary>
    public string OpenBecause { get; init; } = "";

    /// <summary>Bytes that libsndfile sees instead of those in the file: an open size, filled in.</summary>
    public (long At, byte[] Bytes)? Patch { get; init; }
}
