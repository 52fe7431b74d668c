using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>
/// Follows the pages of an Ogg file (RFC 3533). Streams that begin together end at their last marked pages; libsndfile decodes no stream
/// after that.
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
        var audio = 0;
        long at = 0;
        while (at < file.Length)
        {
            if (Header(file, at) is not { } page) return Beside(open.Count > 0 ? ByLastPage(file) : Followed(file, at), audio);
            if (open.Count == 0 && at > 0) return Beside(Followed(file, at), audio);
            if ((page.Flags & FirstPage) != 0 && open.Add(page.Stream) && IsAudio(file.At(at + page.Header, 8))) audio++;
            if (at + page.Bytes > file.Length) return new ContainerEnd(EndKind.Early);
            if ((page.Flags & LastPage) != 0) open.Remove(page.Stream);
            at += page.Bytes;
        }

        return Beside(open.Count == 0 ? new ContainerEnd(EndKind.Whole) : Stopped(), audio);
    }

    private static ContainerEnd Stopped() =>
        new(EndKind.Open) { OpenBecause = "The last page of the Ogg file is not marked as the last one; the pages present are used." };

    private static ContainerEnd Beside(ContainerEnd end, int audio) => audio < 2 ? end
        : end with { LeftOver = [$"{audio} streams of audio are multiplexed in the Ogg file; only one of them is decoded.", .. end.LeftOver] };

    private static bool IsAudio(ReadOnlySpan<byte> packet) =>
        packet.StartsWith("\u0001vorbis"u8) || packet.StartsWith("OpusHead"u8) || packet.StartsWith("\u007fFLAC"u8) || packet.StartsWith("Speex   "u8);

    private static ContainerEnd Followed(StreamWindow file, long at)
    {
        var end = new ContainerEnd(EndKind.Whole) { AudioBytes = at };
        if (ContainerEnds.IsLastTag(file, at)) return end;
        return end with
        {
            LeftOver = [Header(file, at) is not null ? $"A second Ogg stream begins at byte {at}; it is left out."
                : $"The bytes after the last page, from byte {at} on, are left out."],
        };
    }

    /// <summary>A page's flags, stream number, header size and total size in bytes; null if there is no complete header.</summary>
    private static (int Flags, uint Stream, int Header, int Bytes)? Header(StreamWindow file, long at)
    {
        var header = file.At(at, PageHeader + 255);
        if (!header.StartsWith("OggS\0"u8) || header.Length < PageHeader || header.Length < PageHeader + header[26]) return null;
        var bytes = PageHeader + header[26];
        foreach (var segment in header.Slice(PageHeader, header[26])) bytes += segment;
        return (header[5], BinaryPrimitives.ReadUInt32LittleEndian(header[14..]), PageHeader + header[26], bytes);
    }

    // If bytes between the pages are damaged, the last page header in the file decides.
    private static ContainerEnd ByLastPage(StreamWindow file)
    {
        for (var at = file.Length - PageHeader; at >= Math.Max(0, file.Length - 2 * LargestPage); at--)
        {
            if (Header(file, at) is not { } page) continue;
            var end = at + page.Bytes;
            if (end > file.Length) return new ContainerEnd(EndKind.Early);
            return (page.Flags & LastPage) != 0 ? new ContainerEnd(EndKind.Whole) : end < file.Length ? new ContainerEnd(EndKind.Early) : Stopped();
        }

        return new ContainerEnd(EndKind.Early);
    }
}
