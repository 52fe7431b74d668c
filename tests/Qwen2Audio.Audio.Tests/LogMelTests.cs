using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Audio.Tests;

public sealed class LogMelTests
{
    private static readonly LogMelOptions Raw = new() { PadTo = null, Scale = LogMelScale.Log10 };

    [Theory]
    [Trait("Row", "A11")]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(159, 1)]
    [InlineData(160, 1)]
    [InlineData(161, 2)]
    [InlineData(399, 3)]
    [InlineData(400, 3)]
    [InlineData(401, 3)]
    [InlineData(479_999, 3000)]
    [InlineData(480_000, 3000)]
    public void Frames_follow_from_the_samples(int samples, int frames)
    {
        var clip = Signals.Noise(samples, 2);
        LogMelSpectrogram own = LogMel.Compute(clip, Raw);
        Assert.Equal((frames, frames, frames * 80), (own.Frames, own.ValidFrames, own.Values.Length));
        LogMelSpectrogram padded = LogMel.Compute(clip);
        Assert.Equal((3000, frames), (padded.Frames, padded.ValidFrames));
        Assert.Equal(frames, AudioLengths.MaskFrames(samples));
        Assert.All(padded.Values, v => Assert.True(float.IsFinite(v)));
        Assert.All(own.Values, v => Assert.True(float.IsFinite(v) && v >= -10));
    }

    [Theory]
    [InlineData(480_001, 80)]
    [InlineData(700_123, 128)]
    public void Windows_of_a_long_recording_are_those_of_the_whole(int samples, int bins)
    {
        var clip = Signals.Noise(samples, 4);
        clip.AsSpan(samples / 2).Clear();
        LogMelSpectrogram whole = LogMel.Compute(clip, new LogMelOptions { Bins = bins, PadTo = null });
        var windows = new LongLogMel(clip, bins);
        Assert.Equal(whole.Frames, windows.Frames);
        var window = new float[3000 * bins];
        foreach (var first in (int[])[0, 1, 2999, whole.Frames - 1, whole.Frames])
        {
            windows.Fill(first, window);
            var count = Math.Min(3000, whole.Frames - first) * bins;
            Assert.Equal(whole.Values.AsSpan(first * bins, count), window.AsSpan(0, count));
            Assert.DoesNotContain(window.AsSpan(count).ToArray(), value => value != 0);
        }
    }

    [Fact]
    [Trait("Row", "A11")]
    public void One_sample_more_than_30_seconds_is_not_cut_silently()
    {
        var clip = Signals.Noise(480_001, 2);
        Assert.Contains("480001", Assert.Throws<ArgumentException>(() => LogMel.Compute(clip)).Message, StringComparison.Ordinal);
        Assert.Equal(3001, LogMel.Compute(clip, Raw).Frames);
        Assert.Equal(3000, AudioLengths.MaskFrames(480_001));
        Assert.Equal(750, AudioLengths.AudioTokensOf(480_001));
    }

    [Theory]
    [Trait("Row", "A11")]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(777)]
    [InlineData(5000)]
    public void Every_frame_equals_the_definition(int samples)
    {
        var clip = Signals.Noise(samples, samples);
        for (var bins = 1; bins <= 128; bins += 127)
        {
            LogMelSpectrogram found = LogMel.Compute(clip, Raw with { Bins = bins });
            double largest = -10;
            for (var frame = 0; frame < found.Frames; frame++)
            {
                var power = Power(clip, frame * 160 - 200);
                for (var bin = 0; bin < bins; bin++)
                {
                    double sum = 0;
                    for (var k = 0; k <= 200; k++) sum += power[k] * MelFilters.Of(bins).Weight(k, bin);
                    var expected = Math.Log10(Math.Max(sum, 1e-10));
                    largest = Math.Max(largest, expected);
                    Assert.Equal(expected, found.Frame(frame)[bin], 2e-6);
                }
            }

            Assert.Equal(largest, found.Largest, 2e-6);
        }
    }

    [Fact]
    [Trait("Row", "A11")]
    public void Inner_frames_of_a_piece_equal_those_of_the_whole_bit_for_bit()
    {
        var clip = Signals.Noise(16_000, 8);
        LogMelSpectrogram whole = LogMel.Compute(clip, Raw);
        for (var first = 1; first < 12; first++)
        {
            LogMelSpectrogram piece = LogMel.Compute(clip.AsSpan(first * 160, 4000), Raw);
            for (var frame = 2; frame < 23; frame++)
                Assert.True(piece.Frame(frame).SequenceEqual(whole.Frame(first + frame)), $"frame {frame} of the piece from {first}");
        }
    }

    [Fact]
    [Trait("Row", "A9")]
    public void Silence_level_and_clipped_square_wave_are_finite()
    {
        float[][] clips = [new float[1000], [.. Enumerable.Repeat(1f, 1000)], [.. Enumerable.Range(0, 1000).Select(i => i / 40 % 2 == 0 ? 1f : -1f)]];
        foreach (var clip in clips)
            foreach (LogMelScale scale in Enum.GetValues<LogMelScale>())
                Assert.All(LogMel.Compute(clip, Raw with { Scale = scale }).Values, v => Assert.True(float.IsFinite(v)));
        Assert.All(LogMel.Compute(clips[0], Raw).Values, v => Assert.Equal(-10f, v));
        Assert.All(LogMel.Compute(clips[0]).Values, v => Assert.Equal(-1.5f, v));
    }

    [Fact]
    [Trait("Row", "A9")]
    public void Samples_that_are_not_finite_are_refused_with_their_index() =>
        Assert.Contains("Sample 2", Assert.Throws<ArgumentException>(() => LogMel.Compute([0, 0, float.NaN])).Message, StringComparison.Ordinal);

    [Fact]
    public void Whispers_scale_follows_from_the_raw_one()
    {
        var clip = Signals.Noise(3000, 4);
        LogMelSpectrogram raw = LogMel.Compute(clip, Raw), scaled = LogMel.Compute(clip, Raw with { Scale = LogMelScale.Whisper });
        var top = raw.Values.Max();
        Assert.Equal(top, raw.Largest, 1e-6);
        for (var i = 0; i < raw.Values.Length; i++) Assert.Equal((Math.Max(raw.Values[i], top - 8) + 4) / 4, scaled.Values[i], 1e-6f);
    }

    [Fact]
    public void A_destination_of_another_size_is_refused()
    {
        var clip = new float[1000];
        Assert.Throws<ArgumentException>(() => LogMel.Compute(clip, Raw, new float[6 * 80]));
        Assert.Throws<ArgumentOutOfRangeException>(() => LogMel.Compute(clip, Raw with { Bins = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => LogMel.Compute(clip, Raw with { Bins = 513 }));
    }

    /// <summary>The definition: reflection, window, discrete Fourier transform.</summary>
    private static double[] Power(float[] clip, int start)
    {
        var frame = new double[400];
        for (var i = 0; i < 400; i++)
        {
            var at = start + i;
            while (clip.Length > 1 && (at < 0 || at >= clip.Length)) at = at < 0 ? -at : 2 * (clip.Length - 1) - at;
            frame[i] = clip[clip.Length == 1 ? 0 : at] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * i / 400));
        }

        var power = new double[201];
        for (var k = 0; k <= 200; k++)
        {
            double re = 0, im = 0;
            for (var i = 0; i < 400; i++)
            {
                var (sin, cos) = Math.SinCos(2 * Math.PI * (k * i % 400) / 400);
                re += frame[i] * cos;
                im -= frame[i] * sin;
            }

            power[k] = re * re + im * im;
        }

        return power;
    }
}
