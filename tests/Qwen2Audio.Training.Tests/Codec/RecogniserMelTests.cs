using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>The recogniser's input computed on the tape.</summary>
public sealed class RecogniserMelTests
{
    /// <summary>The tape gives the recogniser's own features, down to its floor; a quieter copy stays quieter by the same logarithm.</summary>
    [Theory]
    [InlineData(3200)]
    [InlineData(3201)]
    [InlineData(3359)]
    public void It_is_the_input_of_the_recogniser(int samples)
    {
        const int bins = 40;
        var random = new Random(1);
        float[] mean = [.. Enumerable.Range(0, bins).Select(bin => -2 - 0.1f * bin)], deviation = [.. Enumerable.Range(0, bins).Select(bin => 0.5f + 0.01f * bin)];
        float[] sounds = [.. Enumerable.Range(0, 2 * samples).Select(i => i % samples < samples / 2 ? (random.NextSingle() - 0.5f) * (i < samples ? 0.9f : 0.01f) : 0)]; // half of each is digital silence
        var own = RecogniserMel.Of(sounds, 2, mean, deviation);
        using var pool = new WorkerPool(2);
        using var ops = new TrainingOps(pool);
        ops.Begin();
        var same = ops.RecogniserMel(ops.Input(sounds, 2, samples), own.Clips, mean, deviation).Value.Span.ToArray();
        var quieter = ops.RecogniserMel(ops.Input([.. sounds.Select(sample => sample / 10)], 2, samples), own.Clips, mean, deviation).Value.Span.ToArray();
        Assert.Equal(own.Values.Length, same.Length);
        for (var i = 0; i < same.Length; i++)
        {
            var floor = (own.Clips[i / (same.Length / 2)].Floor - mean[i % bins]) / deviation[i % bins];
            Assert.Equal(own.Values[i], same[i], 1e-3f);
            Assert.Equal(Math.Max(floor, own.Values[i] - 2 / deviation[i % bins]), quieter[i], 1e-3f);
        }
    }
}
