namespace Qwen2Audio.Formats.Shards;

/// <summary>Groups consecutive files with the same basename into samples.</summary>
internal sealed class ShardGrouping(List<string> problems)
{
    private readonly List<ShardSample> _samples = [];
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<ShardMember> _members = [];
    private string? _key;

    /// <summary>The samples of all files.</summary>
    public IReadOnlyList<ShardSample> Group(IEnumerable<ArchivedFile> files)
    {
        foreach (var file in files) Add(file);
        Close();
        return _samples;
    }

    private void Add(ArchivedFile file)
    {
        var folder = file.Name.LastIndexOf('/') + 1;
        var dot = file.Name.IndexOf('.', folder);
        // no extension, or a hidden file such as some systems add
        if (dot <= folder) return;
        var key = file.Name[..dot];
        if (key.StartsWith("./", StringComparison.Ordinal)) key = key[2..];
        if (key != _key) Close();
        _key = key;
        var extension = file.Name[(dot + 1)..].ToLowerInvariant();
        if (_members.Exists(member => member.Extension == extension)) problems.Add($"{key}.{extension} appears twice; the first is used");
        else _members.Add(new ShardMember(extension, file.Offset, file.Length));
    }

    private void Close()
    {
        if (_key is null) return;
        if (_keys.Add(_key)) _samples.Add(new ShardSample(_key, [.. _members]));
        else problems.Add($"sample {Display.Quote(_key)} at byte {_members[0].Offset} has a name that was used before; the first is used");
        _members.Clear();
        _key = null;
    }
}
