namespace Qwen2Audio.Audio.Tests;

/// <summary>The level of a codec's input.</summary>
public sealed class ActiveLevelTests
{
    [Theory]
    [InlineData(1f, 0f)]
    [InlineData(0.003f, 0.2f)]
    [InlineData(0.1f, -0.5f)]
    public void Active_frames_come_to_one_level_and_pauses_do_not_count(float volume, float offset)
    {
        var samples = new float[32_000];
        for (var i = 0; i < samples.Length; i++) samples[i] = offset + (i < 16_000 ? volume * 0.5f * MathF.Sin(0.1f * i) : 0);
        var (mean, gain) = ActiveLevel.Normalise(samples, 16_000);
        Assert.Equal(offset, mean, 1e-3);
        var level = Math.Sqrt(samples.Take(16_000).Average(sample => (double)sample * sample));
        Assert.InRange(level, 0.0595, 0.0605);
        Assert.Equal(0.06 / (volume * 0.5 / Math.Sqrt(2)), gain, 0.01 * gain);
    }

    [Theory, InlineData(1f), InlineData(0.01f)]
    public void A_frame_has_sound_if_it_is_less_than_20_dB_below_the_active_level(float volume)
    {
        float[] levels = [0, 0.5f, 0.06f, 0.03f, 0.5f, 0.001f, 0];
        var samples = new float[6 * 320 + 100];
        for (var i = 0; i < samples.Length; i++) samples[i] = volume * (0.1f + levels[i / 320] * (i % 2 == 0 ? 1 : -1)); // the mean does not count
        Assert.Equal([false, true, true, false, true, false, false], ActiveLevel.FramesWithSound(samples, 320));
        Assert.Equal([false, false], ActiveLevel.FramesWithSound(new float[400], 320));
        Assert.Empty(ActiveLevel.FramesWithSound([], 320));
    }

    [Fact]
    public void A_peak_bounds_the_gain_and_silence_stays()
    {
        var click = new float[16_000];
        for (var i = 0; i < click.Length; i++) click[i] = i % 320 == 100 ? 0.5f : 0; // loud for one sample a frame
        ActiveLevel.Normalise(click, 16_000);
        Assert.Equal(0.95f, click.Max(), 1e-3f);
        var silence = new float[500];
        Assert.Equal((0, 1), ActiveLevel.Normalise(silence, 16_000));
        Assert.All(silence, sample => Assert.Equal(0, sample));
        Assert.Equal((0, 1), ActiveLevel.Normalise([], 16_000));
    }
}
