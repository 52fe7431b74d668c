namespace Qwen2Audio.Audio.Compressed;

/// <summary>Finds how a file's audio ends.</summary>
internal static class ContainerEnds
{
    private const int Id3v1Bytes = 128;

    /// <summary>Looks at a seekable stream from its position on, and leaves it there.</summary>
    public static ContainerEnd Find(Stream stream)
    {
        var origin = stream.Position;
        var end = Find(new StreamWindow(stream));
        stream.Position = origin;
        return end;
    }

    /// <summary>True for the 128 bytes of an ID3v1 tag at the end of a file, which are no audio.</summary>
    public static bool IsLastTag(StreamWindow file, long at) => file.Length - at == Id3v1Bytes && file.At(at, 3).SequenceEqual("TAG"u8);

    private static ContainerEnd Find(StreamWindow file)
    {
        if (file.At(0, 4).StartsWith("OggS"u8)) return OggPages.FindEnd(file);
        return ChunkedEnd.Find(file) ?? Mp3Frames.FindEnd(file) ?? new ContainerEnd(EndKind.Whole);
    }
}
