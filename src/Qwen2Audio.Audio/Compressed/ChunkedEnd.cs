using System.Buffers.Binary;
using Qwen2Audio.Audio.Reading;

namespace Qwen2Audio.Audio.Compressed;

/// <summary>Finds how the samples end in a container of chunks (WAV, AIFF, Core Audio, Wave64), and in AU and SPHERE, which have one header.</summary>
internal static class ChunkedEnd
{
    private const int MaxChunks = 1024;
    private const int AuHeader = 24;
    private const int SphereHeader = 1024;

    /// <summary>The end; null for a file of another kind, and for one without samples.</summary>
    public static ContainerEnd? Find(StreamWindow file)
    {
        var head = file.At(0, 16);
        if (head.StartsWith(".snd"u8) || head.StartsWith("dns."u8)) return FindAu(file);
        if (head.StartsWith("NIST_1A"u8)) return FindSphere(file);
        if (ChunkLayout.Of(head) is not { } layout) return null;
        long at = layout.Header;
        var block = 0;
        for (var chunk = 0; chunk < MaxChunks && layout.Chunk(file, at) is { } found; chunk++)
        {
            if (found.Id.StartsWith(layout.Samples, StringComparison.Ordinal)) return Samples(file, layout, at, found.Size, found.Written, block);
            if (found.Id == "fmt " && layout.SizeBytes == 4 && file.At(at + layout.ChunkHeader, 14) is { Length: 14 } format)
                block = layout.BigEndian ? BinaryPrimitives.ReadUInt16BigEndian(format[12..]) : BinaryPrimitives.ReadUInt16LittleEndian(format[12..]);
            if (found.Size > (ulong)file.Length) return null;
            at = layout.Next(at, (long)found.Size);
        }

        return null;
    }

    private static ContainerEnd Samples(StreamWindow file, ChunkLayout layout, long at, ulong size, ulong written, int block)
    {
        var present = file.Length - at - layout.ChunkHeader;
        var empty = size == 0 && (present == 0 || layout.Chunk(file, at + layout.ChunkHeader) is { } next && next.Size <= (ulong)present);
        if (!empty && (size == 0 || size > (ulong)present))
            return End(present, written, at + layout.IdBytes, layout.Write(present), layout.Prefix, block);
        var end = new ContainerEnd(EndKind.Whole) { SampleBytes = Math.Max(0, (long)size - layout.Prefix), BlockBytes = block };
        return LeftOver(file, layout, layout.Next(at, (long)size)) is { } rest ? end with { LeftOver = [rest] } : end;
    }

    /// <summary>The end of samples whose declared length does not match the file.</summary>
    private static ContainerEnd End(long present, ulong written, long sizeAt, byte[] size, int prefix, int block)
    {
        var end = new ContainerEnd(DeclaredSize.IsOpen(written) ? EndKind.Open : EndKind.Early) { SampleBytes = Math.Max(0, present - prefix), BlockBytes = block, Patch = (sizeAt, size) };
        return end.Kind == EndKind.Early ? end : end with
        {
            OpenBecause = written == 0 ? $"The file does not declare its length; the {present} bytes up to its end are used."
                : $"The header declares {written} bytes of samples, as programs that write to a pipe do; the {present} bytes up to the end of the file are used.",
        };
    }

    private static string? LeftOver(StreamWindow file, ChunkLayout layout, long at)
    {
        for (var chunk = 0; chunk < MaxChunks && at < file.Length; chunk++)
        {
            if (layout.Chunk(file, at) is not { } found || found.Size > (ulong)(file.Length - at - layout.ChunkHeader))
                return $"The bytes after the samples, from byte {at} on, are not a complete chunk; they are left out.";
            if (found.Id.StartsWith(layout.Samples, StringComparison.Ordinal)) return $"A second chunk of samples at byte {at} ({found.Size} bytes) is left out.";
            at = layout.Next(at, (long)found.Size);
        }

        return at < file.Length ? $"More than {MaxChunks} chunks follow the samples; they are left out." : null;
    }

    private static ContainerEnd? FindAu(StreamWindow file)
    {
        var head = file.At(0, AuHeader);
        if (head.Length < AuHeader) return null;
        var big = head[0] == '.';
        long start = big ? BinaryPrimitives.ReadUInt32BigEndian(head[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        var declared = big ? BinaryPrimitives.ReadUInt32BigEndian(head[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        var present = file.Length - start;
        if (start < AuHeader || present < 0) return null;
        var size = new byte[4];
        if (big) BinaryPrimitives.WriteUInt32BigEndian(size, (uint)present);
        else BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)present);
        if (declared > present || (declared == 0 && present > 0)) return End(present, declared, 8, size, 0, 0);
        var end = new ContainerEnd(EndKind.Whole) { SampleBytes = declared };
        return declared == present ? end
            : end with { LeftOver = [$"The bytes after the {declared} bytes of samples, from byte {start + declared} on, are left out."] };
    }

    // The header is text, with a field's name, type and value on each line.
    private static ContainerEnd? FindSphere(StreamWindow file)
    {
        var header = Encoding.Latin1.GetString(file.At(0, SphereHeader));
        long Field(string name) => header.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(words => words.Length > 2 && words[0] == name) is { } found && long.TryParse(found[2], CultureInfo.InvariantCulture, out var value) ? value : 0;
        if (header.Split('\n') is not [_, var length, ..] || !long.TryParse(length.Trim(), CultureInfo.InvariantCulture, out var start)) return null;
        if (start is < 0 or > 1 << 20 || Field("sample_count") is not (> 0 and < 1L << 40 and var count) || Field("sample_n_bytes") is not (> 0 and <= 8 and var bytes)) return null;
        if (header.Contains("shorten", StringComparison.Ordinal) || header.Contains("shortpack", StringComparison.Ordinal)) return null;
        long declared = count * bytes * Math.Clamp(Field("channel_count"), 1, 1024), present = file.Length - start;
        return declared > present ? new ContainerEnd(EndKind.Early) : new ContainerEnd(EndKind.Whole)
        {
            LeftOver = declared < present ? [$"The bytes after the {declared} bytes of samples, from byte {start + declared} on, are left out."] : [],
        };
    }
}
