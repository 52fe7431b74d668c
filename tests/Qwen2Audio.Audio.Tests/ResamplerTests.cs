using Qwen2Audio.Audio.Resampling;

namespace Qwen2Audio.Audio.Tests;

[Trait("Row", "A13")]
public sealed class ResamplerTests
{
    [Theory]
    [InlineData(8000)]
    [InlineData(11025)]
    [InlineData(44100)]
    [InlineData(48000)]
    [InlineData(192000)]
    [InlineData(768000)]
    [InlineData(1009)]
    [InlineData(44101)]
    [InlineData(15991)]
    [InlineData(16007)]
    [InlineData(767957)]
    public void Tones_keep_level_and_time_and_those_above_the_band_vanish(int rate)
    {
        var samples = rate * 3 / 10;
        var low = Math.Min(rate, 16000) * 0.21;
        (double, double, double)[] tones = [(low, 0.3, 0.4), (low / 7, 0.2, 1.1)];
        var input = Signals.Tones(tones, rate, samples, 0.3);
        var expected = Signals.Tones(tones, 16000, 4800, 0.3);
        var found = Resampler.Resample(input, rate, 16000);
        Assert.InRange(found.Length, samples * 16000.0 / rate - 1, samples * 16000.0 / rate + 1);
        Assert.InRange(Signals.Decibels(found, expected, Signals.Rms(input)), double.NegativeInfinity, -95);
        if (rate < 21000) return;
        var above = Signals.Tones([(8800, 0.3, 0), (rate * 0.45, 0.3, 0)], rate, samples, 0.3);
        Assert.InRange(20 * Math.Log10(Signals.Rms(Resampler.Resample(above, rate, 16000)) / Signals.Rms(above)), double.NegativeInfinity, -95);
    }

    [Theory]
    [InlineData(44101, 16000)]
    [InlineData(767957, 1009)]
    [InlineData(1009, 767957)]
    [InlineData(768000, 1000)]
    [InlineData(192000, 16000)]
    public void Filters_stay_bounded(int from, int to)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var found = Resampler.Resample(new float[1000], from, to);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before - 4L * found.Length, 0, 4 << 20);
        Assert.All(found, v => Assert.Equal(0f, v));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(441, 147)]
    public void Length_is_rounded_up(int samples, int expected)
    {
        Assert.Equal(expected, Resampler.Resample(new float[samples], 48000, 16000).Length);
        Assert.Equal(expected, Resampler.OutputLength(samples, 48000, 16000));
    }

    [Fact]
    public void A_constant_keeps_its_value_away_from_the_ends()
    {
        float[] level = [.. Enumerable.Repeat(0.5f, 4000)];
        foreach (var (from, to) in ((int, int)[])[(44100, 16000), (16000, 44100), (15991, 16000), (8000, 16000)])
            Assert.All(Resampler.Resample(level, from, to)[500..1000], v => Assert.Equal(0.5f, v, 1e-6f));
    }

    [Fact]
    public void An_impulse_stays_where_it_is()
    {
        var impulse = new float[480];
        impulse[240] = 1;
        var found = Resampler.Resample(impulse, 48000, 16000);
        Assert.Equal(80, Array.IndexOf(found, found.Max()));
        for (var i = 1; i < 80; i++) Assert.Equal(found[80 - i], found[80 + i], 1e-7f);
    }

    [Fact]
    public void The_same_rate_changes_nothing_and_impossible_rates_are_refused()
    {
        var noise = Signals.Noise(100, 1);
        Assert.Equal(noise, Resampler.Resample(noise, 16000, 16000));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.Resample(noise, 0, 16000));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.Resample(noise, 16000, int.MaxValue));
    }

    [Fact]
    public void Preparation_says_what_it_did()
    {
        var clip = new AudioClip([1, 0, 0.5f, 0.5f, -1, 1], 16000, 2, [new AudioWarning(AudioWarningCode.Truncated, "before")]);
        AudioClip mono = AudioPreparation.Prepare(clip);
        Assert.Equal([0.5f, 0.5f, 0], mono.Samples);
        Assert.Equal([AudioWarningCode.Truncated, AudioWarningCode.DownMixed], mono.Codes());
        Assert.Same(mono, AudioPreparation.Prepare(mono));
        AudioClip resampled = AudioPreparation.Prepare(clip, 48000);
        Assert.Equal((9, 48000, 1), (resampled.Frames, resampled.SampleRate, resampled.Channels));
        Assert.Equal([AudioWarningCode.Truncated, AudioWarningCode.DownMixed, AudioWarningCode.Resampled], resampled.Codes());
    }
}
