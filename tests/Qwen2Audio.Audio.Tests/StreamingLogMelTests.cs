using Qwen2Audio.Audio.Mel;

namespace Qwen2Audio.Audio.Tests;

public sealed class StreamingLogMelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(479)]
    [InlineData(3200)]
    [InlineData(16_123)]
    public void Pieces_of_any_length_have_the_bits_of_the_whole(int length)
    {
        var random = new Random(1);
        float[] samples = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
        var whole = new float[LogMel.FrameCount(length, Options) * 80];
        LogMel.Compute(samples, Options, whole);
        foreach (var piece in new[] { 1, 159, 160, 641, 5000, 100_000 })
        {
            if (length / piece > 2000) continue;
            var mel = new StreamingLogMel(80);
            var found = new List<float>();
            for (var first = 0; first < length; first += piece) found.AddRange(mel.Add(samples.AsSpan(first, Math.Min(piece, length - first))));
            found.AddRange(mel.Add([], ends: true));
            Assert.Equal(whole, found);
        }
    }

    [Fact]
    public void A_frame_is_known_when_the_samples_that_it_reads_are_there()
    {
        var mel = new StreamingLogMel(80);
        for (var sample = 1; sample <= 2000; sample++)
        {
            var frames = mel.Add([0.1f]).Length / 80;
            Assert.Equal(sample > 200 && (sample - StreamingLogMel.Delay) % 160 == 0 || sample == 201 ? 1 : 0, frames);
        }
    }

    [Fact]
    public void The_level_is_the_largest_value_so_far_and_never_below_its_start()
    {
        var level = new RunningLevel(-1, 8);
        float[] frames = [-3, -2, 1, 0, -10, 0.5f];
        level.Apply(frames.AsSpan(0, 2));
        level.Apply(frames.AsSpan(2, 4));
        Assert.Equal([-2, -1, 0, -1, -8, -0.5f], frames);
    }

    private static LogMelOptions Options { get; } = new() { PadTo = null, Scale = LogMelScale.Log10 };
}
