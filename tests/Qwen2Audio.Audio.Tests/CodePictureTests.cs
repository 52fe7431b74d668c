using Qwen2Audio.Audio.Pictures;

namespace Qwen2Audio.Audio.Tests;

public sealed class CodePictureTests
{
    [Fact]
    public void A_row_is_a_codebook_and_a_column_a_frame()
    {
        var picture = CodePicture.ToPng([0, 5, 10, 15, 15, 0], 2, 16); // three frames
        Assert.Equal(PngWriter.Write(3, [0, 170, 255, 85, 255, 0], Colour.Scale), picture);
        Assert.Equal(PngWriter.Write(1, [0], Colour.Scale), CodePicture.ToPng([0], 1, 1));
    }

    [Fact]
    public void Codes_that_fit_no_codebook_are_refused()
    {
        Assert.Throws<ArgumentException>(() => CodePicture.ToPng([], 2, 16));
        Assert.Throws<ArgumentException>(() => CodePicture.ToPng([1, 2, 3], 2, 16));
        Assert.Contains("Code 16", Assert.Throws<ArgumentException>(() => CodePicture.ToPng([1, 16], 2, 16)).Message, StringComparison.Ordinal);
    }
}
