namespace Qwen2Audio.Audio.Pictures;

/// <summary>A colour in sRGB.</summary>
/// <param name="Red">0 to 255.</param>
/// <param name="Green">0 to 255.</param>
/// <param name="Blue">0 to 255.</param>
internal readonly record struct Colour(byte Red, byte Green, byte Blue)
{
    /// <summary>
    /// 256 colours from nearly black over purple and orange to pale yellow. Their lightness in Oklab (Ottosson 2020) rises in equal steps, so equal
    /// differences of a value look equally large, in grey too.
    /// </summary>
    public static IReadOnlyList<Colour> Scale { get; } = [.. Enumerable.Range(0, 256).Select(i => OfScale(i / 255.0))];

    private static Colour OfScale(double t)
    {
        var (lightness, hue) = (0.13 + 0.84 * t, (285 + 180 * t) * Math.PI / 180);
        // less colourful until the colour exists in sRGB
        for (var chroma = 0.20 * Math.Sin(Math.PI * (0.08 + 0.84 * t)); ; chroma *= 0.97)
        {
            var (red, green, blue) = Linear(lightness, chroma * Math.Cos(hue), chroma * Math.Sin(hue));
            if (Math.Min(red, Math.Min(green, blue)) >= 0 && Math.Max(red, Math.Max(green, blue)) <= 1) return new Colour(Coded(red), Coded(green), Coded(blue));
        }
    }

    /// <summary>Linear sRGB of a colour in Oklab.</summary>
    private static (double Red, double Green, double Blue) Linear(double lightness, double a, double b)
    {
        var l = Math.Pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
        var m = Math.Pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
        var s = Math.Pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
        return (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
    }

    private static byte Coded(double value) => (byte)Math.Round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * Math.Pow(value, 1 / 2.4) - 0.055));
}
