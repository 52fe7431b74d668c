using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Formats.Shards;

/// <summary>A clip within a shard: its text fields, and where its audio is.</summary>
public sealed class ShardClip
{
    private readonly Shard _shard;
    private readonly ShardSample _sample;
    private readonly ShardMember _audio;

    internal ShardClip(ManifestRow row, Shard shard, ShardSample sample, ShardMember audio) =>
        (Row, _shard, _sample, _audio) = (row, shard, sample, audio);

    /// <summary>The clip's row. Its path is the shard's path followed by the audio file's name.</summary>
    public ManifestRow Row { get; }

    /// <summary>The bytes of the audio file.</summary>
    /// <exception cref="ShardException">The shard was truncated after it was opened, or has other content at that place.</exception>
    public byte[] ReadAudio() => _shard.Read(_sample, _audio);
}
