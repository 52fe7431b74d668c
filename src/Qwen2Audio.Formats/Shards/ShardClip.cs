using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Formats.Shards;

/// <summary>A clip within a shard: what its text files say, and where its audio stands.</summary>
public sealed class ShardClip
{
    private readonly Shard _shard;
    private readonly ShardSample _sample;
    private readonly ShardMember _audio;

    internal ShardClip(ManifestRow row, Shard shard, ShardSample sample, ShardMember audio) =>
        (Row, _shard, _sample, _audio) = (row, shard, sample, audio);

    /// <summary>The clip's row. Its path is the shard's, with the audio file's name behind it.</summary>
    public ManifestRow Row { get; }

    /// <summary>The bytes of the audio file.</summary>
    /// <exception cref="ShardException">The shard is shorter than it was when it was opened, or something else stands there.</exception>
    public byte[] ReadAudio() => _shard.Read(_sample, _audio);
}
