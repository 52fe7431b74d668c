using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Augmentations;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class WaveAugmentationTests : TestInFolder
{
    private static readonly WaveAugmentationOptions All = new()
    {
        Speed = 0.7,
        Speeds = [0.8, 0.95, 1.2],
        Gain = 0.5,
        Texture = 0.5,
        Crop = 0.5,
        ShortestCrop = 0.3,
    };

    [Fact]
    public void A_draw_depends_on_seed_sample_epoch_and_clip_alone()
    {
        var tone = TestAudio.Tone(1);
        var (one, other) = (new WaveAugmentation(All, 5), new WaveAugmentation(All, 5));
        for (var sample = 0; sample < 20; sample++) Assert.Equal(one.Apply(tone, sample, 2), other.Apply(tone, sample, 2));
        Assert.Equal(Enumerable.Range(0, 20).Select(sample => one.Apply(tone, sample, 2)), Enumerable.Range(0, 20).Reverse().Select(sample => other.Apply(tone, sample, 2)).Reverse());
        Assert.NotEqual(Shown(one, 0, 0), Shown(one, 1, 0));
        Assert.NotEqual(Shown(one, 0, 0), Shown(one, 0, 1));
        Assert.NotEqual(Enumerable.Range(0, 20).Select(i => one.Apply(tone, i, 0, 0)), Enumerable.Range(0, 20).Select(i => one.Apply(tone, i, 0, 1)));
        Assert.NotEqual(Shown(one, 0, 0), Shown(new WaveAugmentation(All, 6), 0, 0));

        static string Shown(WaveAugmentation augmentation, int plus, long epoch) => string.Join(' ', Enumerable.Range(0, 20).Select(i => augmentation.Apply(TestAudio.Tone(1), i + (100 * plus), epoch).Sum()));
    }

    [Fact]
    public void Lengths_are_known_before()
    {
        var augmentation = new WaveAugmentation(All, 5);
        var lengths = new HashSet<int>();
        for (var sample = 0; sample < 60; sample++)
        {
            var clip = TestAudio.Tone(0.2 + (0.02 * sample));
            var varied = augmentation.Apply(clip, sample, 1);
            Assert.Equal(augmentation.Length(clip.Length, sample, 1), varied.Length);
            Assert.InRange(varied.Length, augmentation.Shortest(clip.Length), augmentation.Longest(clip.Length));
            lengths.Add(varied.Length);
        }

        Assert.True(lengths.Count > 40);
    }

    [Fact]
    public void Speed_changes_pitch_and_length()
    {
        var faster = new WaveAugmentation(new WaveAugmentationOptions { Speed = 1, Speeds = [1.25] }, 1).Apply(TestAudio.Tone(1, 800), 0, 0);
        Assert.Equal(12_800, faster.Length);
        var expected = TestAudio.Tone(0.8, 1000);
        for (var i = 2000; i < 10_000; i++) Assert.Equal(expected[i], faster[i], 1e-3);
    }

    [Fact]
    public void Gain_is_in_decibels()
    {
        var tone = TestAudio.Tone(0.1);
        var louder = new WaveAugmentation(new WaveAugmentationOptions { Gain = 1, LowestGain = 20, HighestGain = 20 }, 1).Apply(tone, 0, 0);
        for (var i = 0; i < tone.Length; i++) Assert.Equal(10 * tone[i], louder[i], 1e-5);
        Assert.Equal(tone, new WaveAugmentation(new WaveAugmentationOptions(), 1).Apply(tone, 0, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Noise_has_the_distance_that_was_asked_for(bool recorded)
    {
        TestAudio.WriteWave(Folder, "a.wav", 0.3, 3000);
        var options = new WaveAugmentationOptions { Noise = recorded ? 1 : 0, Texture = 1, NoiseSources = [Folder], NearestNoise = 12, FarthestNoise = 12 };
        var augmentation = new WaveAugmentation(options, 1, NoiseClips.Open(options.NoiseSources));
        var tone = TestAudio.Tone(1);
        for (var sample = 0; sample < 10; sample++)
        {
            var mixed = augmentation.Apply(tone, sample, 0);
            var (signal, noise) = (tone.Sum(value => (double)value * value), tone.Zip(mixed, (a, b) => (double)(b - a) * (b - a)).Sum());
            Assert.Equal(12, 10 * Math.Log10(signal / noise), 0.05);
        }

        var silent = augmentation.Apply(new float[100], 0, 0);
        Assert.All(silent, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Noise_that_cannot_be_used_is_listed()
    {
        var below = Directory.CreateDirectory(Path.Combine(Folder, "below")).FullName;
        TestAudio.WriteWave(below, "a.wav", 0.3);
        TestAudio.WriteWave(Folder, "silent.wav", 0.3, hertz: 0);
        File.WriteAllText(Path.Combine(Folder, "LICENSE"), "free");
        var noise = NoiseClips.Open([Folder]);
        Assert.Equal(1, noise.Count);
        Assert.Equal(["LICENSE", "silent.wav"], noise.Failures.Select(failure => Path.GetFileName(failure.Row.Path)));
        Directory.Delete(below, recursive: true);
        Assert.Contains("LICENSE", Assert.Throws<CorpusException>(() => NoiseClips.Open([Folder])).Message, StringComparison.Ordinal);
        var augmentation = new WaveAugmentation(new WaveAugmentationOptions { Noise = 1, NoiseSources = [Folder] }, 1, noise);
        Assert.ThrowsAny<IOException>(() => augmentation.Apply(TestAudio.Tone(1), 0, 0));
    }

    [Fact]
    public void Settings_out_of_range_are_all_listed()
    {
        var problems = new WaveAugmentationOptions { Speed = 2, Speeds = [0.1], LowestGain = 3, HighestGain = 2, Noise = double.NaN, ShortestCrop = 0, Texture = -1 }.Problems("data.waves").ToList();
        Assert.Equal(6, problems.Count);
        Assert.All(problems, problem => Assert.StartsWith("data.waves.", problem, StringComparison.Ordinal));
        Assert.Contains("noise_sources", Assert.Single(new WaveAugmentationOptions { Noise = 0.5 }.Problems("x")), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new WaveAugmentation(new WaveAugmentationOptions { Speed = 2 }, 1));
        Assert.Throws<ArgumentException>(() => new WaveAugmentation(new WaveAugmentationOptions { Noise = 1, NoiseSources = ["x"] }, 1));
    }
}
