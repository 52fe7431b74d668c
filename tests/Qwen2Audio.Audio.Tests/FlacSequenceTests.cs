namespace Qwen2Audio.Audio.Tests;

/// <summary>Frames that are repeated, missing or out of order, and data after the last one.</summary>
public sealed class FlacSequenceTests
{
    private static PlainFlacEncoder Stream(bool variable = false) => new()
    {
        Channels = [PlainFlacEncoder.Wave(1000, 16, 1)],
        Block = 256,
        Blocks = variable ? [256, 192] : null,
        Kind = FlacKind.Fixed,
        Order = 2,
        TotalKnown = false,
        DigestKnown = false,
    };

    [Theory]
    [Trait("Row", "A3")]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_twice_left_out_or_swapped_are_found_by_their_number_alone(bool variable)
    {
        PlainFlacEncoder how = Stream(variable);
        var file = how.ToArray();
        byte[] Part(int frame) => file[how.FrameEnds[frame]..how.FrameEnds[frame + 1]];
        var head = file[..how.FrameEnds[0]];
        var field = variable ? "sample number" : "frame number";
        foreach (var wrong in (byte[][])[[.. head, .. Part(0), .. Part(1), .. Part(1), .. Part(2)], [.. head, .. Part(0), .. Part(2)],
            [.. head, .. Part(0), .. Part(2), .. Part(1), .. Part(3)]])
            Assert.Contains(field, Reading.Refused(wrong, AudioFault.Damaged).Place, StringComparison.Ordinal);
        AudioClip late = Reading.Read([.. head, .. Part(1), .. Part(2)]);
        Assert.Equal([AudioWarningCode.BeginningMissing, AudioWarningCode.LengthUnknown], late.Codes());
    }

    [Fact]
    [Trait("Row", "A3")]
    public void A_stream_of_unknown_length_that_ends_with_a_frame_is_told()
    {
        PlainFlacEncoder how = Stream();
        var file = how.ToArray();
        Assert.Equal([AudioWarningCode.LengthUnknown], Reading.Read(file).Codes());
        AudioClip part = Reading.Read(file[..how.FrameEnds[2]]);
        Assert.Equal(512, part.Frames);
        Assert.Equal([AudioWarningCode.LengthUnknown], part.Codes());
        Reading.Refused(file[..(how.FrameEnds[2] + 1)], AudioFault.Truncated);
        Assert.Empty(Reading.Read(new PlainFlacEncoder { Channels = how.Channels, TotalKnown = false }.ToArray()).Warnings); // the MD5 says it
    }

    [Fact]
    [Trait("Row", "A3")]
    public void Frames_of_another_blocking_strategy_are_refused()
    {
        PlainFlacEncoder fixedSize = Stream(), variable = Stream(variable: true);
        byte[] file = fixedSize.ToArray(), other = variable.ToArray();
        byte[] mixed = [.. file[..fixedSize.FrameEnds[1]], .. other[variable.FrameEnds[1]..]];
        Assert.Contains("blocking strategy", Reading.Refused(mixed, AudioFault.Damaged).Place, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Row", "A6")]
    public void What_follows_the_last_frame_is_told_and_id3_tags_are_not()
    {
        var file = new PlainFlacEncoder { Channels = [PlainFlacEncoder.Wave(300, 16, 1)] }.ToArray();
        foreach (var rest in (byte[][])[file, [7], [.. "garbage"u8], [.. "TAG"u8, .. new byte[126]]])
        {
            AudioClip clip = Reading.Read([.. file, .. rest]);
            Assert.Equal(300, clip.Frames);
            Assert.Equal([AudioWarningCode.LeftOver], clip.Codes());
        }

        Assert.Contains("second FLAC stream", Reading.Read([.. file, .. file]).Warnings[0].Text, StringComparison.Ordinal);
        Assert.Empty(Reading.Read([.. file, .. "TAG"u8, .. new byte[125]]).Warnings);
        Reading.Refused([.. Stream().ToArray(), .. Stream().ToArray()], AudioFault.Damaged);
    }
}
