namespace Qwen2Audio.Audio.Compressed;

/// <summary>Finds how a file's audio ends.</summary>
internal static class ContainerEnds
{
    private const int Id3v1Bytes = 128;

    /// <summary>Examines a seekable stream from its current position, and restores the position.</summary>
    public static ContainerEnd Find(Stream stream)
    {
        var origin = stream.Position;
        var end = Find(new StreamWindow(stream));
        stream.Position = origin;
        return end;
    }

    /// <summary>Whether an ID3v1 tag (the last 128 bytes of a file, not audio) begins at this position.</summary>
    public static bool IsLastTag(StreamWindow file, long at) => file.Length - at == Id3v1Bytes && file.At(at, 3).SequenceEqual("TAG"u8);

    private static ContainerEnd Find(StreamWindow file)
    {
        if (file.At(0, 4).StartsWith("OggS"u8)) return OggPages.FindEnd(file);
        return ChunkedEnd.Find(file) ?? Mp3Frames.FindEnd(file) ?? new ContainerEnd(EndKind.Whole);
    }
}
