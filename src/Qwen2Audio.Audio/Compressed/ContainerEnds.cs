using System.Buffers.Binary;

namespace Qwen2Audio.Audio;

/// <summary>Finds how Ogg, MP3, AIFF and big-endian WAV files end.</summary>
internal static class ContainerEnds
{
    private const int Id3v1Bytes = 128;

    /// <summary>Looks at a seekable stream from its position on, and leaves it there.</summary>
    public static ContainerEnd Find(Stream stream)
    {
        long origin = stream.Position;
        ContainerEnd end = Find(new StreamWindow(stream));
        stream.Position = origin;
        return end;
    }

    /// <summary>True for the 128 bytes of an ID3v1 tag at the end of a file, which are no audio.</summary>
    public static bool IsLastTag(StreamWindow file, long at) => file.Length - at == Id3v1Bytes && file.At(at, 3).SequenceEqual("TAG"u8);

    private static ContainerEnd Find(StreamWindow file)
    {
        ReadOnlySpan<byte> head = file.At(0, 8);
        if (head.StartsWith("OggS"u8)) return OggPages.FindEnd(file);
        if (head.Length == 8 && (head.StartsWith("FORM"u8) || head.StartsWith("RIFX"u8)))
        {
            uint declared = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
            return new ContainerEnd(declared != uint.MaxValue && declared + 8L > file.Length ? EndKind.Early : EndKind.Whole);
        }
        return Mp3Frames.FindEnd(file) ?? new ContainerEnd(EndKind.Whole);
    }
}
