namespace Qwen2Audio.Audio.Compressed;

/// <summary>How a file's audio ends.</summary>
internal enum EndKind
{
    /// <summary>At its declared end, or in a container that is not looked into here.</summary>
    Whole,

    /// <summary>At the end of the file, the header not saying where: a recording that was stopped, or written to a pipe.</summary>
    Open,

    /// <summary>Before its declared end.</summary>
    Early,
}

/// <summary>What a file's container says about its end; libsndfile does not tell.</summary>
internal sealed record ContainerEnd(EndKind Kind)
{
    /// <summary>Bytes up to the end of the audio; null: all.</summary>
    public long? AudioBytes { get; init; }

    /// <summary>Samples a channel that the frames hold, those that the encoder added among them; 0: not known.</summary>
    public long Samples { get; init; }

    /// <summary>What an encoder may add at the ends, in samples.</summary>
    public long Added { get; init; }

    /// <summary>Bytes of coded samples; null: not known.</summary>
    public long? SampleBytes { get; init; }

    /// <summary>Bytes of a block of coded samples, 0 when not known.</summary>
    public int BlockBytes { get; init; }

    /// <summary>Bytes that are no part of the decoded audio and may be audio too, for people.</summary>
    public IReadOnlyList<string> LeftOver { get; init; } = [];

    /// <summary>Why the end is open, for people.</summary>
    public string OpenBecause { get; init; } = "";

    /// <summary>Bytes that libsndfile is to see in the place of those in the file: a size that was open, filled in.</summary>
    public (long At, byte[] Bytes)? Patch { get; init; }
}
