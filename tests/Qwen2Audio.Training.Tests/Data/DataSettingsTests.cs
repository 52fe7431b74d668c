using Qwen2Audio.Training.Data.Augmentations;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Ordering;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Qwen2Audio.Training.Tests.Data;

/// <summary>A recipe can set order, loader and augmentation.</summary>
public sealed class DataSettingsTests
{
    [Fact]
    public void Settings_are_read_from_YAML()
    {
        Assert.Equivalent(
            new DataOrderOptions { Seed = 5, Shuffle = false, Filling = RowFilling.Pack, RowTokens = 2048, Window = 16, RowsPerStep = 8 },
            Read<DataOrderOptions>("{seed: 5, shuffle: false, filling: pack, row_tokens: 2048, window: 16, rows_per_step: 8}"), strict: true);
        Assert.Equivalent(new LoaderOptions { Threads = 1, Ahead = 3 }, Read<LoaderOptions>("{threads: 1, ahead: 3}"), strict: true);
        Assert.Equivalent(
            new WaveAugmentationOptions { Speed = 0.5, Speeds = [0.9, 1.1], Gain = 0.25, LowestGain = -3, Noise = 0.3, NoiseSources = ["noise", "musan.jsonl"], FarthestNoise = 20 },
            Read<WaveAugmentationOptions>("{speed: 0.5, speeds: [0.9, 1.1], gain: 0.25, lowest_gain: -3, noise: 0.3, noise_sources: [noise, musan.jsonl], farthest_noise: 20}"), strict: true);
    }

    private static T Read<T>(string yaml) => new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<T>(yaml);
}
