using System.Buffers.Binary;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>Follows the frames of an MP3 file to its end, skipping tags before, between and after them.</summary>
internal static class Mp3Frames
{
    private const int TagHeader = 10;
    private const int ApeHeader = 32;
    private const int AddedFrames = 4; // added by encoders: delay, padding of the last frame, and an information frame

    /// <summary>Null if the content does not begin like an MP3 file whose frames state their length.</summary>
    public static ContainerEnd? FindEnd(StreamWindow file)
    {
        var at = Tags(file, 0);
        if (Mp3Header.Of(file.At(at, 4)) is not { } first || !IsFrame(file, at + first.Bytes, first.Kind)) return null;
        long frames = 0, skipped = 0, skippedAt = 0;
        var places = 0;
        while (Tags(file, at) is var next && next < file.Length)
        {
            at = next;
            if (Mp3Header.Of(file.At(at, 4)) is { } frame && frame.Kind == first.Kind)
            {
                if (at + frame.Bytes > file.Length) return new ContainerEnd(EndKind.Early);
                at += frame.Bytes;
                frames++;
                continue;
            }

            if (NextFrame(file, at + 1, first.Kind) is not { } resumed) break;
            if (places++ == 0) skippedAt = at;
            skipped += resumed - at;
            at = resumed;
        }

        List<string> rest = [];
        if (places > 0)
            rest.Add(places == 1 ? $"{skipped} bytes between two MP3 frames, from byte {skippedAt} on, are left out."
                : $"{skipped} bytes between MP3 frames, in {places} places, the first at byte {skippedAt}, are left out.");
        if (Tags(file, at) < file.Length) rest.Add($"The bytes after the last frame, from byte {at} on, are left out.");
        return new ContainerEnd(EndKind.Whole) { AudioBytes = at, Samples = frames * first.Samples, Added = AddedFrames * first.Samples, LeftOver = rest };
    }

    /// <summary>Where the tags that begin at <paramref name="at"/> end; for a tag that may only end a file, the end of the file.</summary>
    private static long Tags(StreamWindow file, long at)
    {
        while (true)
        {
            var head = file.At(at, ApeHeader);
            if (head.StartsWith("ID3"u8) && head.Length >= TagHeader)
                at += TagHeader + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + ((head[5] & 0x10) != 0 ? TagHeader : 0);
            else if (head.StartsWith("APETAGEX"u8) && head.Length >= ApeHeader)
                at += ApeHeader + (long)BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
            else if (head.StartsWith("LYRICSBEGIN"u8) || ContainerEnds.IsLastTag(file, at)) return file.Length;
            else return at;
            if (at >= file.Length) return file.Length;
        }
    }

    /// <summary>The first position from <paramref name="from"/> on with two consecutive frames.</summary>
    private static long? NextFrame(StreamWindow file, long from, int kind)
    {
        for (var at = from; at < file.Length - 3; at++)
        {
            if (Mp3Header.Of(file.At(at, 4)) is not { } frame || frame.Kind != kind) continue;
            if (at + frame.Bytes == file.Length || IsFrame(file, at + frame.Bytes, kind)) return at;
        }

        return null;
    }

    private static bool IsFrame(StreamWindow file, long at, int kind) =>
        at == file.Length || Tags(file, at) > at || (Mp3Header.Of(file.At(at, 4)) is { } frame && frame.Kind == kind);
}
