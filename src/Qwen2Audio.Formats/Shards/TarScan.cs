using Microsoft.Win32.SafeHandles;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Shards;

/// <summary>A file within a tar file.</summary>
internal readonly record struct ArchivedFile(string Name, long Offset, long Length);

/// <summary>Reads the headers of a tar file one after another and skips the data, so that memory does not depend on the file's size.</summary>
internal sealed class TarScan(SafeFileHandle handle, long length)
{
    private const int LongestText = 1 << 20;

    /// <summary>Why and where the scan ended before the end-of-archive marker; null if it did not.</summary>
    public string? Problem { get; private set; }

    /// <summary>The complete files, in order.</summary>
    public IEnumerable<ArchivedFile> Files()
    {
        var block = new byte[TarHeader.Block];
        string? longName = null;
        long? longSize = null;
        for (long at = 0; ;)
        {
            if (at >= length || RegularFile.Fill(handle, block, at) < TarHeader.Block)
            {
                Problem = $"byte {at}: the end of the file; allowed: a header or the end-of-archive marker (a truncated tar file?)";
                yield break;
            }

            if (TarHeader.IsEnd(block)) yield break;
            if (!TarHeader.TryRead(block, out var header, out var problem))
            {
                Problem = $"byte {at}: {problem}";
                yield break;
            }

            var data = at + TarHeader.Block;
            var name = longName ?? header.Name;
            var size = longSize ?? (header.Type is >= '1' and <= '6' ? 0 : header.Length);
            if (size > length - data)
            {
                Problem = $"{Display.Quote(name)} at byte {at}: {size} bytes are declared, {length - data} are present";
                yield break;
            }

            if (header.Type is 'L' or 'x')
            {
                if (size > LongestText)
                {
                    Problem = $"byte {at}: a name or attributes of {size} bytes; allowed: {LongestText}";
                    yield break;
                }

                var text = new byte[size];
                RegularFile.Fill(handle, text, data);
                if (header.Type == 'L') longName = TarHeader.Text(text);
                else Attributes(text, ref longName, ref longSize);
            }
            else if (header.Type != 'g' && header.Type != 'K')
            {
                if (header.IsFile) yield return new ArchivedFile(name, data, size);
                (longName, longSize) = (null, null);
            }

            at = TarHeader.Next(data, size);
        }
    }

    // "27 path=some/long/name\n": the number is the length of the whole record
    private static void Attributes(ReadOnlySpan<byte> text, ref string? name, ref long? size)
    {
        while (text.IndexOf((byte)' ') is > 0 and var space
            && int.TryParse(text[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > space && count <= text.Length)
        {
            var record = Encoding.UTF8.GetString(text[(space + 1)..count]).TrimEnd('\n');
            if (record.StartsWith("path=", StringComparison.Ordinal)) name = record["path=".Length..];
            else if (record.StartsWith("size=", StringComparison.Ordinal)
                && long.TryParse(record["size=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)) size = bytes;
            text = text[count..];
        }
    }
}
