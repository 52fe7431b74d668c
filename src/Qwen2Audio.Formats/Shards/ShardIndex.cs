using System.Globalization;
using System.Text;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Shards;

/// <summary>
/// Where a shard's files stand, as text beside it (data-000.idx for data-000.tar), in the layout of DALI's wds2idx: "v1.2 COUNT", then for
/// each sample a line with extension, offset, length and name of each of its files. With it a shard is opened without a look at its headers.
/// </summary>
internal static class ShardIndex
{
    private const string Version = "v1.2";
    private const int Fields = 4;
    private const int LimitBytes = 1 << 30;

    /// <summary>Where the index of a shard lies.</summary>
    public static string PathOf(string shard) => Path.ChangeExtension(shard, ".idx");

    /// <summary>Writes the index of a shard from its headers, and returns what was found.</summary>
    /// <exception cref="ShardException">The shard cannot be used, is damaged, or has a name with a blank in it; nothing is written.</exception>
    public static Shard Write(string path)
    {
        if (File.Exists(PathOf(path))) throw new ShardException(PathOf(path), "path", "an index", "no index yet: delete it to make it anew");
        var shard = Shard.Open(path);
        if (shard.Problems.Count > 0) throw new ShardException(path, "content", shard.Problems[0], "an undamaged shard");
        var text = new StringBuilder($"{Version} {shard.Samples.Count}\n");
        foreach (var sample in shard.Samples)
        {
            if (sample.Key.Any(char.IsWhiteSpace) || sample.Members.Any(member => member.Extension.Any(char.IsWhiteSpace)))
                throw new ShardException(path, $"sample \"{sample.Key}\"", "a name with a blank", "names without blanks, which an index separates its fields by");
            text.AppendJoin(' ', sample.Members.Select(member =>
                string.Create(CultureInfo.InvariantCulture, $"{member.Extension} {member.Offset} {member.Length} {sample.Key}.{member.Extension}"))).Append('\n');
        }

        AtomicFile.Write(PathOf(path), Encoding.UTF8.GetBytes(text.ToString()));
        return shard;
    }

    /// <summary>The samples that an index names and that a shard of <paramref name="length"/> bytes has; the others become problems.</summary>
    internal static List<ShardSample> Read(string path, long length, List<string> problems)
    {
        var lines = Text(path).Split('\n', StringSplitOptions.TrimEntries);
        if (lines[0].Split(' ') is not [Version, var counted] || !int.TryParse(counted, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            throw new ShardException(path, "line 1", Display.Quote(lines[0]), $"{Version} and the number of samples");
        var samples = new List<ShardSample>();
        var there = 0;
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            there++;
            var sample = Sample(path, i + 1, lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            if (sample.Members.Any(member => member.Offset > length || member.Length > length - member.Offset))
                problems.Add($"sample {Display.Quote(sample.Key)} is in {Path.GetFileName(path)} and ends behind the shard's {length} bytes");
            else samples.Add(sample);
        }

        return there == count ? samples : throw new ShardException(path, "content", $"{there} samples", $"{count}, as line 1 says");
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
