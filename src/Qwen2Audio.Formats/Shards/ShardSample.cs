namespace Qwen2Audio.Formats.Shards;

/// <summary>One file of a sample.</summary>
/// <param name="Extension">What follows the first dot of its name, in lower case: "flac", "txt", "seg.json".</param>
/// <param name="Offset">Offset of its first byte in the shard.</param>
/// <param name="Length">Its size in bytes.</param>
internal sealed record ShardMember(string Extension, long Offset, long Length);

/// <summary>Consecutive files of a shard with the same basename.</summary>
/// <param name="Key">Their name up to the first dot, with the folder.</param>
/// <param name="Members">The files in order.</param>
internal sealed record ShardSample(string Key, IReadOnlyList<ShardMember> Members)
{
    /// <summary>The first file with one of these extensions; null if there is none.</summary>
    public ShardMember? Find(params ReadOnlySpan<string> extensions)
    {
        foreach (var member in Members)
            if (extensions.Contains(member.Extension)) return member;
        return null;
    }
}
