using System.Buffers.Binary;

namespace Qwen2Audio.Audio;

/// <summary>How a file ends, by its container; libsndfile does not tell.</summary>
internal enum ContainerEnd
{
    /// <summary>At its declared end, or a container that is not looked into here.</summary>
    Whole,

    /// <summary>At a page of an Ogg stream that is not marked as the last one: a recording that was stopped.</summary>
    Unmarked,

    /// <summary>Before its declared end.</summary>
    Early,
}

/// <summary>Finds how Ogg, AIFF and big-endian WAV files end.</summary>
internal static class ContainerEnds
{
    private const int PageHeader = 27;
    private const int LargestPage = PageHeader + 255 + 255 * 255;
    private const int LastPage = 4;

    /// <summary>Looks at a seekable stream from its position on, and leaves it there.</summary>
    public static ContainerEnd Find(Stream stream)
    {
        long origin = stream.Position;
        byte[] first = new byte[8];
        ReadOnlySpan<byte> head = first.AsSpan(0, stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false));
        ContainerEnd end = ContainerEnd.Whole;
        if (head.StartsWith("OggS"u8)) end = Ogg(stream, origin);
        else if (head.Length == 8 && (head.StartsWith("FORM"u8) || head.StartsWith("RIFX"u8)))
        {
            uint declared = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
            if (declared != uint.MaxValue && declared + 8L > stream.Length - origin) end = ContainerEnd.Early;
        }
        stream.Position = origin;
        return end;
    }

    // The last page header in the file decides; a page is at most 65,307 bytes long.
    private static ContainerEnd Ogg(Stream stream, long origin)
    {
        stream.Position = Math.Max(origin, stream.Length - 2 * LargestPage);
        byte[] bytes = new byte[stream.Length - stream.Position];
        Span<byte> tail = bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        int page = tail.LastIndexOf("OggS\0"u8);
        if (page < 0) return ContainerEnd.Early;
        tail = tail[page..];
        if (tail.Length < PageHeader || tail.Length < PageHeader + tail[26]) return ContainerEnd.Early;
        int length = PageHeader + tail[26];
        foreach (byte segment in tail.Slice(PageHeader, tail[26])) length += segment;
        if (length > tail.Length) return ContainerEnd.Early;
        return (tail[5] & LastPage) != 0 ? ContainerEnd.Whole : length < tail.Length ? ContainerEnd.Early : ContainerEnd.Unmarked;
    }
}
