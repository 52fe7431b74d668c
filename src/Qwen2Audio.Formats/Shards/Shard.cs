using Microsoft.Win32.SafeHandles;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Shards;

/// <summary>
/// A tar file of samples in WebDataset's format. The positions of its files are found once, from its headers or from an index next to it
/// (<see cref="ShardIndex"/>); then every sample can be read separately, in any order and from several threads.
/// </summary>
internal sealed class Shard
{
    private Shard(string path, IReadOnlyList<ShardSample> samples, IReadOnlyList<string> problems) =>
        (Path, Samples, Problems) = (path, samples, problems);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The complete samples, in file order.</summary>
    public IReadOnlyList<ShardSample> Samples { get; }

    /// <summary>What could not be used, and where: a damaged or missing end of the file, indexed samples that are not in it, repeated names.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Finds the samples of a shard without reading their data.</summary>
    /// <exception cref="ShardException">The file cannot be opened or is not a tar file, or its index is invalid.</exception>
    public static Shard Open(string path)
    {
        using var handle = RegularFile.Open(path, ShardException.Of, out var length);
        var problems = new List<string>();
        var index = ShardIndex.PathOf(path);
        if (File.Exists(index)) return new Shard(path, ShardIndex.Read(index, length, problems), problems);
        var scan = new TarScan(handle, length);
        var samples = new ShardGrouping(problems).Group(scan.Files());
        if (scan.Problem is { } problem)
        {
            if (samples.Count == 0 && problem.StartsWith("byte 0:", StringComparison.Ordinal))
                throw new ShardException(path, "byte 0", length == 0 ? "an empty file" : problem["byte 0: ".Length..], "a tar file, not compressed");
            problems.Add(problem);
        }

        return new Shard(path, samples, problems);
    }

    /// <summary>The bytes of one file of a sample. Its header is checked first, to detect an index that belongs to another file.</summary>
    /// <exception cref="ShardException">The shard cannot be opened, was truncated, or has other content at that place.</exception>
    public byte[] Read(ShardSample sample, ShardMember member)
    {
        using var handle = RegularFile.Open(Path, ShardException.Of, out var length);
        if (member.Offset > length || member.Length > length - member.Offset)
            throw Wrong(sample, member, $"a shard of {length} bytes", $"{member.Offset + member.Length} bytes or more");
        if (member.Length > Array.MaxLength) throw Wrong(sample, member, $"{member.Length} bytes", $"at most {Array.MaxLength}");
        CheckHeader(handle, sample, member);
        var bytes = new byte[member.Length];
        if (RegularFile.Fill(handle, bytes, member.Offset) == bytes.Length) return bytes;
        throw Wrong(sample, member, "a shard that was truncated while it was read", $"{member.Length} bytes");
    }

    private void CheckHeader(SafeFileHandle handle, ShardSample sample, ShardMember member)
    {
        var block = new byte[TarHeader.Block];
        var at = member.Offset - TarHeader.Block;
        if (at < 0 || RegularFile.Fill(handle, block, at) < block.Length || !TarHeader.TryRead(block, out var header, out _) || !header.IsFile)
            throw Wrong(sample, member, "no file header", "the header of this file");
        // names over 100 bytes, and non-ASCII ones, may be stored elsewhere
        var name = System.IO.Path.GetFileName(header.Name);
        var expected = $"{System.IO.Path.GetFileName(sample.Key)}.{member.Extension}";
        var comparable = header.Name.Length < 100 && expected.Length < 100 && System.Text.Ascii.IsValid(expected);
        if (header.Length != member.Length || (comparable && !name.Equals(expected, StringComparison.OrdinalIgnoreCase)))
            throw Wrong(sample, member, $"{Display.Quote(name)} of {header.Length} bytes", $"{Display.Quote(expected)} of {member.Length} bytes");
    }

    private ShardException Wrong(ShardSample sample, ShardMember member, string found, string allowed) =>
        new(Path, $"{sample.Key}.{member.Extension} at byte {member.Offset}", found, allowed);
}
