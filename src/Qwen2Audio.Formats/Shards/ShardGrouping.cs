namespace Qwen2Audio.Formats.Shards;

/// <summary>Puts files that stand one after another and have one basename together.</summary>
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
        // no extension, or a hidden file, as some systems add them
        if (dot <= folder) return;
        var key = file.Name[..dot];
        if (key.StartsWith("./", StringComparison.Ordinal)) key = key[2..];
        if (key != _key) Close();
        _key = key;
        var extension = file.Name[(dot + 1)..].ToLowerInvariant();
        if (_members.Exists(member => member.Extension == extension)) problems.Add($"{key}.{extension} stands there twice; the first is used");
        else _members.Add(new ShardMember(extension, file.Offset, file.Length));
    }

    private void Close()
    {
        if (_key is null) return;
        if (_keys.Add(_key)) _samples.Add(new ShardSample(_key, [.. _members]));
        else problems.Add($"sample {Display.Quote(_key)} at byte {_members[0].Offset} stands there already; the first is used");
        _members.Clear();
        _key = null;
    }
}
