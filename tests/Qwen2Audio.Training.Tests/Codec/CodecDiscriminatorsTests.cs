using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>Discriminators of waveforms and of spectra.</summary>
public sealed class CodecDiscriminatorsTests : TestInFolder
{
    /// <summary>Groups overlap and do not reach into the next waveform; the last column is the frequency.</summary>
    [Fact]
    public void A_discriminator_of_spectra_reads_successive_frames_and_the_frequency()
    {
        const int samples = 200;
        var random = new Random(2);
        float[] sounds = [.. Enumerable.Range(0, 2 * samples).Select(_ => random.NextSingle() - 0.5f)];
        var stft = new Stft(32, 8);
        using var pool = new WorkerPool(2);
        using var ops = new TrainingOps(pool);
        ops.Begin();
        var both = ops.LogSpectra(ops.Input(sounds, 2, samples), stft, frames: 5, step: 2).Value;
        var groups = (stft.Frames(samples) - 5) / 2 + 1;
        Assert.Equal((2 * groups * stft.Bins, 6), (both.Rows, both.Columns));
        var second = ops.LogSpectra(ops.Input(sounds.AsSpan(samples), 1, samples), stft, frames: 5, step: 2).Value;
        Assert.Equal(second.Span.ToArray(), both.RowRange(both.Rows / 2, both.Rows / 2).Span.ToArray());
        Matrix spectrum = ops.Scratch(stft.Frames(samples), 2 * stft.Bins), magnitude = ops.Scratch(stft.Frames(samples), stft.Bins);
        stft.Magnitude(pool, ops.Input(sounds.AsSpan(samples), 1, samples).Value, spectrum, magnitude, 1e-7f);
        for (var row = 0; row < second.Rows; row++)
        {
            var (group, bin) = (row / stft.Bins, row % stft.Bins);
            for (var frame = 0; frame < 5; frame++) Assert.Equal(1 + Math.Log(magnitude.Row(2 * group + frame)[bin]) / 4, second.Row(row)[frame], 1e-5);
            Assert.Equal(2.0 * bin / (stft.Bins - 1) - 1, second.Row(row)[5], 1e-6);
        }
    }

    [Fact]
    public void There_is_one_for_each_period_and_each_window()
    {
        var config = new DiscriminatorConfig { Periods = [2, 3], Windows = [64], Channels = 4 };
        using var parameters = new ParameterSet();
        var discriminators = new CodecDiscriminators(config, parameters.Weights);
        parameters.Allocate(_ => true);
        Assert.Equal([1, 1, 6], Enumerable.Range(0, 3).Select(i => parameters[$"{i}.conv.0.weight"].Shape[1]));
        using var pool = new WorkerPool(1);
        using var ops = new TrainingOps(pool);
        ops.Begin();
        var outputs = discriminators.Forward(ops, ops.Input(new float[1600], 1600, 1), Layout.Of(800, 800));
        Assert.Equal(3, outputs.Length);
        Assert.All(outputs, output => Assert.Equal([4, 8], output.Features.Select(feature => feature.Value.Columns)));
    }

    [Theory, InlineData(8), InlineData(10)]
    public void A_resumed_run_against_spectra_ends_with_the_same_bits(int stop)
    {
        TinyCodec.WriteRecordings(Folder);
        var yaml = TinyCodec.Adversarial.Replace("periods: [2, 3]", "periods: [2], windows: [64, 128]", StringComparison.Ordinal);
        var whole = TinyCodec.Train(Folder, "whole", yaml);
        TinyCodec.Train(Folder, "pieces", yaml, stop);
        var pieces = TinyCodec.Train(Folder, "pieces", yaml, threads: 1);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "training/state.safetensors")), File.ReadAllBytes(Path.Combine(pieces, "training/state.safetensors")));
        Assert.Contains("discriminator.windows", Assert.Throws<RunException>(() => TinyCodec.Train(Folder, "whole", yaml.Replace("[64, 128]", "[64]", StringComparison.Ordinal))).Message);
    }
}
