using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Shards;

/// <summary>
/// The positions of a shard's files, as a text file next to it (data-000.idx for data-000.tar), in the format of DALI's wds2idx: "v1.2 COUNT",
/// then a line per sample with extension, offset, length and name of each of its files. With it a shard is opened without reading its headers.
/// </summary>
internal static class ShardIndex
{
    private const string Version = "v1.2";
    private const int Fields = 4;
    private const int LimitBytes = 1 << 30;

    /// <summary>The path of a shard's index.</summary>
    public static string PathOf(string shard) => Path.ChangeExtension(shard, ".idx");

    /// <summary>Writes a shard's index from its headers, and returns the shard.</summary>
    /// <exception cref="ShardException">The shard cannot be used, is damaged, or has a name with a space; nothing is written.</exception>
    public static Shard Write(string path)
    {
        if (File.Exists(PathOf(path))) throw new ShardException(PathOf(path), "path", "an index", "no index yet; delete it to create it again");
        var shard = Shard.Open(path);
        if (shard.Problems.Count > 0) throw new ShardException(path, "content", shard.Problems[0], "an undamaged shard");
        var text = new StringBuilder($"{Version} {shard.Samples.Count}\n");
        foreach (var sample in shard.Samples)
        {
            if (sample.Key.Any(char.IsWhiteSpace) || sample.Members.Any(member => member.Extension.Any(char.IsWhiteSpace)))
                throw new ShardException(path, $"sample \"{sample.Key}\"", "a name with a space", "names without spaces, which separate the fields of an index");
            text.AppendJoin(' ', sample.Members.Select(member =>
                string.Create(CultureInfo.InvariantCulture, $"{member.Extension} {member.Offset} {member.Length} {sample.Key}.{member.Extension}"))).Append('\n');
        }

        AtomicFile.Write(PathOf(path), Encoding.UTF8.GetBytes(text.ToString()));
        return shard;
    }

    /// <summary>The samples named in an index that lie within a shard of <paramref name="length"/> bytes; the others become problems.</summary>
    internal static List<ShardSample> Read(string path, long length, List<string> problems)
    {
        var lines = Text(path).Split('\n', StringSplitOptions.TrimEntries);
        if (lines[0].Split(' ') is not [Version, var counted] || !int.TryParse(counted, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            throw new ShardException(path, "line 1", Display.Quote(lines[0]), $"{Version} and the number of samples");
        var samples = new List<ShardSample>();
        var found = 0;
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            found++;
            var sample = Sample(path, i + 1, lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            if (sample.Members.Any(member => member.Offset > length || member.Length > length - member.Offset))
                problems.Add($"sample {Display.Quote(sample.Key)} of {Path.GetFileName(path)} ends after the shard's {length} bytes");
            else samples.Add(sample);
        }

        return found == count ? samples : throw new ShardException(path, "content", $"{found} samples", $"{count}, as line 1 says");
    }

    private static string Text(string path)
    {
        try
        {
            return PlainFile.Text(RegularFile.ReadAll(path, LimitBytes, ShardException.Of), path);
        }
        catch (TextFileException exception)
        {
            throw new ShardException(path, "text", "bytes that are not UTF-8", "UTF-8 text", exception);
        }
    }

    private static ShardSample Sample(string path, int line, string[] fields)
    {
        var members = new ShardMember[fields.Length / Fields];
        for (var i = 0; i < members.Length; i++)
        {
            if (!long.TryParse(fields[(i * Fields) + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                || !long.TryParse(fields[(i * Fields) + 2], NumberStyles.None, CultureInfo.InvariantCulture, out var length)) throw Wrong();
            members[i] = new ShardMember(fields[i * Fields].ToLowerInvariant(), offset, length);
        }

        if (members.Length == 0 || fields.Length % Fields != 0) throw Wrong();
        var name = fields[Fields - 1];
        var extension = "." + members[0].Extension;
        return name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) ? new ShardSample(name[..^extension.Length], members) : throw Wrong();

        ShardException Wrong() =>
            new(path, $"line {line}", Display.Quote(string.Join(' ', fields)), "extension, offset, length and name of each file of a sample");
    }
}
