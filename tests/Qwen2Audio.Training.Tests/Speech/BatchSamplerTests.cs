using Qwen2Audio.Training.Speech.Sampling;

namespace Qwen2Audio.Training.Tests.Speech;

public sealed class BatchSamplerTests
{
    private static readonly BatchSamplerOptions Options = new() { Seed = 3, MaxFrames = 600, PoolBatches = 8, Phases = [TestClips.Phase] };

    [Fact]
    public void BatchesHoldAtMostTheFramesAllowedAndExamplesOfLikeLength()
    {
        var sampler = new BatchSampler(TestClips.Builder(), Options);
        var batches = Enumerable.Range(0, 40).Select(step => sampler.Step(step)).ToList();
        Assert.All(batches, batch => Assert.True(Frames(batch) <= 600 || batch.Count == 1));
        Assert.InRange(batches.Average(Frames), 400, 600);
    }

    [Fact]
    public void A_step_has_the_same_examples_whichever_were_asked_for_before()
    {
        var (inOrder, anyhow) = (new BatchSampler(TestClips.Builder(), Options), new BatchSampler(TestClips.Builder(), Options));
        var expected = Enumerable.Range(0, 30).Select(step => inOrder.Step(step)).ToList();
        foreach (var step in new[] { 13, 14, 29, 0, 8, 7 }) Same(expected[step], anyhow.Step(step));
    }

    [Fact]
    public void APhaseBeginsAtItsBatchEvenWithinAPool()
    {
        var sounds = new SamplingPhase { FirstBatch = 13, Weights = new Dictionary<string, double> { ["esc10"] = 1 } };
        var sampler = new BatchSampler(TestClips.Builder(), Options with { Phases = [TestClips.Phase, sounds] });
        var first = Enumerable.Range(0, 13).Select(step => sampler.Step(step)).ToList();
        Assert.Contains(first, batch => batch.Any(example => example.Dataset == "an4"));
        for (var step = 13; step < 33; step++) Assert.All(sampler.Step(step), example => Assert.Equal("esc10", example.Dataset));
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
        Assert.Throws<ArgumentException>(() => new BatchSampler(TestClips.Builder(), Options with { Phases = [TestClips.Phase, TestClips.Phase] }));

    private static int Frames(IReadOnlyList<TrainingExample> batch) => batch.Sum(example => example.Frames);

    private static void Same(IReadOnlyList<TrainingExample> expected, IReadOnlyList<TrainingExample> actual)
    {
        Assert.Equal(expected.Select(example => example.Text), actual.Select(example => example.Text));
        Assert.Equal(expected.SelectMany(example => example.Features), actual.SelectMany(example => example.Features));
    }
}
