namespace Qwen2Audio.Audio.Pictures;

/// <summary>The codes of a codec as a picture: time from left to right, a row for each codebook from the top, a colour for each entry.</summary>
public static class CodePicture
{
    /// <summary>The picture as a PNG file, one pixel a code.</summary>
    /// <param name="codes">The codes, [frames, codebooks].</param>
    /// <param name="codebooks">Number of codebooks.</param>
    /// <param name="entries">Number of entries of a codebook.</param>
    /// <exception cref="ArgumentException">There are no codes, or they are not whole frames, or a code is not an entry.</exception>
    public static byte[] ToPng(IReadOnlyList<int> codes, int codebooks, int entries)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (codebooks < 1 || codes.Count == 0 || codes.Count % codebooks != 0) throw new ArgumentException($"{codes.Count} codes are not whole frames of {codebooks}.", nameof(codes));
        var frames = codes.Count / codebooks;
        var pixels = new byte[codes.Count];
        for (var i = 0; i < codes.Count; i++)
        {
            if (codes[i] < 0 || codes[i] >= entries) throw new ArgumentException($"Code {codes[i]}; a codebook has the entries 0…{entries - 1}.", nameof(codes));
            pixels[i % codebooks * frames + i / codebooks] = (byte)((Colour.Scale.Count - 1) * codes[i] / Math.Max(1, entries - 1));
        }

        return PngWriter.Write(frames, pixels, Colour.Scale);
    }
}
