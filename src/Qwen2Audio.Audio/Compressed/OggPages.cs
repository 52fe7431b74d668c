using System.Buffers.Binary;

namespace Qwen2Audio.Audio;

/// <summary>
/// Follows the pages of an Ogg file (RFC 3533): the streams that begin together end at their marked pages, and libsndfile decodes none of
/// those that follow.
/// </summary>
internal static class OggPages
{
    private const int PageHeader = 27;
    private const int LargestPage = PageHeader + 255 + 255 * 255;
    private const int FirstPage = 2;
    private const int LastPage = 4;

    public static ContainerEnd FindEnd(StreamWindow file)
    {
        var open = new HashSet<uint>();
        long at = 0;
        while (at < file.Length)
        {
            if (Header(file, at) is not { } page) return open.Count > 0 ? ByLastPage(file) : Followed(file, at);
            if (open.Count == 0 && at > 0) return Followed(file, at);
            if ((page.Flags & FirstPage) != 0) open.Add(page.Stream);
            if (at + page.Bytes > file.Length) return new ContainerEnd(EndKind.Early);
            if ((page.Flags & LastPage) != 0) open.Remove(page.Stream);
            at += page.Bytes;
        }
        return new ContainerEnd(open.Count == 0 ? EndKind.Whole : EndKind.Unmarked);
    }

    private static ContainerEnd Followed(StreamWindow file, long at)
    {
        var end = new ContainerEnd(EndKind.Whole) { AudioBytes = at };
        if (ContainerEnds.IsLastTag(file, at)) return end;
        return end with
        {
            LeftOver = [Header(file, at) is not null ? $"A second Ogg stream begins at byte {at}; it is left out."
                : $"What follows the last page, from byte {at} on, is left out."],
        };
    }

    /// <summary>A page's flags, stream and bytes; null where no whole header is.</summary>
    private static (int Flags, uint Stream, int Bytes)? Header(StreamWindow file, long at)
    {
        ReadOnlySpan<byte> header = file.At(at, PageHeader + 255);
        if (!header.StartsWith("OggS\0"u8) || header.Length < PageHeader || header.Length < PageHeader + header[26]) return null;
        int bytes = PageHeader + header[26];
        foreach (byte segment in header.Slice(PageHeader, header[26])) bytes += segment;
        return (header[5], BinaryPrimitives.ReadUInt32LittleEndian(header[14..]), bytes);
    }

    // Where bytes between the pages are damaged, the last page header in the file decides.
    private static ContainerEnd ByLastPage(StreamWindow file)
    {
        for (long at = file.Length - PageHeader; at >= Math.Max(0, file.Length - 2 * LargestPage); at--)
        {
            if (Header(file, at) is not { } page) continue;
            long end = at + page.Bytes;
            if (end > file.Length) return new ContainerEnd(EndKind.Early);
            return new ContainerEnd((page.Flags & LastPage) != 0 ? EndKind.Whole : end < file.Length ? EndKind.Early : EndKind.Unmarked);
        }
        return new ContainerEnd(EndKind.Early);
    }
}
