namespace Qwen2Audio.Formats.Shards;

/// <summary>One file of a sample.</summary>
/// <param name="Extension">What follows the first dot of its name, in lower case: "flac", "txt", "seg.json".</param>
/// <param name="Offset">Where its bytes begin in the shard.</param>
/// <param name="Length">How many there are.</param>
internal sealed record ShardMember(string Extension, long Offset, long Length);

/// <summary>The files of one basename, which stand one after another in a shard.</summary>
/// <param name="Key">Their name up to the first dot, with the folder.</param>
/// <param name="Members">The files in order.</param>
internal sealed record ShardSample(string Key, IReadOnlyList<ShardMember> Members)
{
    /// <summary>The first file that has one of these extensions; null when none has.</summary>
    public ShardMember? Find(params ReadOnlySpan<string> extensions)
    {
        foreach (var member in Members)
            if (extensions.Contains(member.Extension)) return member;
        return null;
    }
}
