using Qwen2Audio.Training.Speech.Sampling;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class BatchSamplerTests
{
    private static readonly BatchSamplerOptions Options = new() { Seed = 3, MaxFrames = 600, PoolBatches = 8, Phases = [TestClips.Phase] };

    [Fact]
    public void BatchesHoldAtMostTheFramesAllowedAndExamplesOfLikeLength()
    {
        var sampler = new BatchSampler(TestClips.Maker(), Options);
        var batches = Enumerable.Range(0, 40).Select(_ => sampler.Next()).ToList();
        Assert.All(batches, batch => Assert.True(batch.Frames <= 600 || batch.Examples.Count == 1));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)i), batches.Select(batch => batch.Index));
        Assert.InRange(batches.Average(batch => batch.Frames), 400, 600);
    }

    [Fact]
    public void TheOrderIsTheSameWithAndWithoutPrefetch()
    {
        var (with, without) = (new BatchSampler(TestClips.Maker(), Options), new BatchSampler(TestClips.Maker(), Options with { Prefetch = false }));
        for (var i = 0; i < 30; i++) Same(with.Next(), without.Next());
    }

    [Fact]
    public void ARunGoesOnFromItsState()
    {
        var whole = new BatchSampler(TestClips.Maker(), Options);
        for (var i = 0; i < 13; i++) whole.Next();
        var resumed = new BatchSampler(TestClips.Maker(), Options);
        resumed.Next();
        resumed.Restore(whole.State);
        for (var i = 0; i < 15; i++) Same(whole.Next(), resumed.Next());
    }

    [Fact]
    public void APhaseBeginsAtItsBatchEvenWithinAPool()
    {
        var sounds = new SamplingPhase { FirstBatch = 13, Weights = new Dictionary<string, double> { ["esc10"] = 1 } };
        var sampler = new BatchSampler(TestClips.Maker(), Options with { Phases = [TestClips.Phase, sounds] });
        var first = Enumerable.Range(0, 13).Select(_ => sampler.Next()).ToList();
        Assert.Contains(first, batch => batch.Examples.Any(example => example.Dataset == "an4"));
        for (var i = 0; i < 20; i++) Assert.All(sampler.Next().Examples, example => Assert.Equal("esc10", example.Dataset));
    }

    [Fact]
    public void TheStrengthRises()
    {
        var phase = TestClips.Phase with { FirstBatch = 10, FirstStrength = 0.2, LastStrength = 1, RampBatches = 100 };
        Assert.Equal(0.2, phase.Strength(10), 9);
        Assert.Equal(0.6, phase.Strength(60), 9);
        Assert.Equal(1, phase.Strength(500), 9);
    }

    [Fact]
    public void PhasesOutOfOrderAreRefused() =>
        Assert.Throws<ArgumentException>(() => new BatchSampler(TestClips.Maker(), Options with { Phases = [TestClips.Phase, TestClips.Phase] }));

    private static void Same(TrainingBatch expected, TrainingBatch actual)
    {
        Assert.Equal(expected.Index, actual.Index);
        Assert.Equal(expected.Examples.Select(example => example.Text), actual.Examples.Select(example => example.Text));
        Assert.Equal(expected.Examples.SelectMany(example => example.Features), actual.Examples.SelectMany(example => example.Features));
    }
}
