namespace Qwen2Audio.Audio.Tests;

public sealed class FlacTests
{
    public static TheoryData<int> AllBits() => [.. Enumerable.Range(4, 29)];

    [Theory]
    [MemberData(nameof(AllBits))]
    public void Every_bit_depth_and_kind_of_subframe_is_exact(int bits)
    {
        var wave = PlainFlacEncoder.Wave(500, bits, bits);
        (wave[100], wave[101]) = (int.MinValue >> (32 - bits), int.MaxValue >> (32 - bits));
        Check(new PlainFlacEncoder { Channels = [wave], Bits = bits, Block = 192 });
        if (bits > 26) wave = PlainFlacEncoder.Wave(500, bits, bits); // differences of such neighbours exceed the 32 bits of a residual
        for (var order = 0; order <= 4; order++)
            Check(new PlainFlacEncoder { Channels = [wave], Bits = bits, Block = 192, Kind = FlacKind.Fixed, Order = order, Residual = FlacResidual.Rice5 });
        foreach (var order in (int[])[1, 2, 8, 12, 31, 32])
            Check(new PlainFlacEncoder { Channels = [wave], Bits = bits, Block = 192, Kind = FlacKind.Linear, Order = order, Residual = FlacResidual.Rice5 });
        var level = new int[500];
        Array.Fill(level, int.MinValue >> (32 - bits));
        Check(new PlainFlacEncoder { Channels = [level], Bits = bits, Kind = FlacKind.Constant });
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void Every_stereo_form_is_exact_up_to_the_33_bits_of_a_side_channel(int assignment)
    {
        foreach (var bits in (int[])[4, 8, 16, 24, 31, 32])
        {
            int[] left = PlainFlacEncoder.Wave(300, bits, 1), right = PlainFlacEncoder.Wave(300, bits, 2);
            (left[7], right[7]) = (int.MinValue >> (32 - bits), int.MaxValue >> (32 - bits));
            (left[8], right[8]) = (right[7], left[7]);
            foreach (FlacKind kind in (FlacKind[])[FlacKind.Verbatim, FlacKind.Fixed, FlacKind.Linear])
                foreach (var order in kind == FlacKind.Verbatim ? [0] : kind == FlacKind.Fixed ? (int[])[0, 1] : [1])
                    if (!(bits > 30 && kind == FlacKind.Fixed && order == 0)) // so wide a side channel is no residual
                        Check(new PlainFlacEncoder { Channels = [left, right], Bits = bits, Assignment = assignment, Kind = kind, Order = order, Residual = FlacResidual.Rice5 }, largeResiduals: bits > 30);
            int[] level = new int[300], other = new int[300];
            Array.Fill(level, int.MinValue >> (32 - bits));
            Array.Fill(other, int.MaxValue >> (32 - bits));
            Check(new PlainFlacEncoder { Channels = [level, other], Bits = bits, Assignment = assignment, Kind = FlacKind.Constant });
        }
    }

    [Theory]
    [InlineData(FlacResidual.Rice4)]
    [InlineData(FlacResidual.Rice5)]
    [InlineData(FlacResidual.Escape)]
    internal void Every_residual_coding_is_exact(FlacResidual residual)
    {
        var wave = PlainFlacEncoder.Wave(4096, 16, 9);
        Array.Clear(wave, 1024, 1500); // partitions of zeros: escape codes of width 0
        for (var partitionOrder = 0; partitionOrder <= 8; partitionOrder++)
            Check(new PlainFlacEncoder { Channels = [wave], Kind = FlacKind.Fixed, Order = 1, PartitionOrder = partitionOrder, Residual = residual });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(15)]
    public void Wasted_bits_are_put_back(int wasted)
    {
        int[] wave = [.. PlainFlacEncoder.Wave(400, 16, 4).Select(v => v >> wasted << wasted)];
        foreach (FlacKind kind in (FlacKind[])[FlacKind.Verbatim, FlacKind.Fixed, FlacKind.Linear])
            Check(new PlainFlacEncoder { Channels = [wave], Kind = kind, Order = kind == FlacKind.Verbatim ? 0 : 2, Wasted = wasted });
        Check(new PlainFlacEncoder { Channels = [wave, wave], Kind = FlacKind.Fixed, Order = 1, Wasted = 1, Assignment = 10 });
    }

    [Fact]
    public void Variable_block_sizes_unknown_length_and_many_channels_are_read()
    {
        int[][] channels = [.. Enumerable.Range(0, 8).Select(c => PlainFlacEncoder.Wave(10_000, 16, c))];
        Check(new PlainFlacEncoder { Channels = channels, Blocks = [16, 192, 1000, 17, 4608], Kind = FlacKind.Fixed, Order = 2 });
        Check(new PlainFlacEncoder { Channels = channels[..1], Blocks = [16, 192, 1000], TotalKnown = false });
        Check(new PlainFlacEncoder { Channels = channels[..3], TotalKnown = false, DigestKnown = false });
        Check(new PlainFlacEncoder { Channels = channels[..1], Block = 16 }); // frame numbers of 3 bytes need more than 2047 frames: 625 here, 2 bytes
        Check(new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(40_000, 8, 1)], Bits = 8, Block = 16 });
        Check(new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(1, 16, 1)] });
    }

    [Fact]
    public void Tags_before_and_behind_are_left_out()
    {
        byte[] id3 = [(byte)'I', (byte)'D', (byte)'3', 4, 0, 0, 0, 0, 1, 2, .. new byte[130]];
        var how = new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(300, 16, 1)], Before = id3 };
        Check(how);
        foreach (var known in (bool[])[true, false])
        {
            var file = new PlainFlacEncoder { Channels = how.Channels, TotalKnown = known }.ToArray();
            Assert.Equal(Expected(how), Reading.Read([.. file, .. "TAG"u8, .. new byte[125]]).Samples);
        }
    }

    [Fact]
    public void A_stream_without_frames_is_an_empty_clip()
    {
        AudioClip clip = Reading.Read(new PlainFlacEncoder { Channels = [[]], DigestKnown = false }.ToArray());
        Assert.Empty(clip.Samples);
        Assert.Equal([AudioWarningCode.Empty], clip.Codes());
    }

    private static float[] Expected(PlainFlacEncoder how) =>
        [.. Enumerable.Range(0, how.Channels[0].Length).SelectMany(i => how.Channels.Select(c => (float)(c[i] / Math.Pow(2, how.Bits - 1))))];

    private static void Check(PlainFlacEncoder how, bool largeResiduals = false)
    {
        if (largeResiduals && how.Kind != FlacKind.Verbatim)
        {
            // Differences of full-scale neighbours exceed the 32 bits of a residual; the jump is left out here, verbatim has it.
            foreach (var channel in how.Channels) (channel[7], channel[8]) = (channel[6], channel[6]);
        }

        AudioClip clip = Reading.Read(how.ToArray());
        Assert.Equal((how.Rate, how.Channels.Length), (clip.SampleRate, clip.Channels));
        Assert.Equal(Expected(how), clip.Samples);
        Assert.Equal(how.TotalKnown || how.DigestKnown ? [] : [AudioWarningCode.LengthUnknown], clip.Codes());
    }
}
