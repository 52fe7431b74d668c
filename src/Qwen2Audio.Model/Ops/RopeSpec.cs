namespace Qwen2Audio.Model.Ops;

/// <summary>
/// Rotary position embedding as in Qwen2: dimensions j and j + dim / 2 are rotated by position · Base^(−2j / dim), unless YaRN changes the angle.
/// <paramref name="HeadDim"/> is the width of a head.
/// </summary>
public readonly record struct RopeSpec(int HeadDim, double Base, YarnSpec? Yarn = null)
{
    /// <summary>Factor applied to cosines and sines.</summary>
    public float Amplitude => (float)(Yarn?.AttentionFactor ?? 1);

    /// <summary>Radians per position for pairs 0, 1, …, dim / 2 − 1, in the published implementation's float32 arithmetic.</summary>
    /// <exception cref="ArgumentException">The width is odd or not positive, or the base is not positive.</exception>
    public float[] Frequencies()
    {
        if (HeadDim <= 0 || HeadDim % 2 != 0) throw new ArgumentException($"Rotary positions need an even head width, not {HeadDim}.");
        if (!(Base > 0) || double.IsInfinity(Base)) throw new ArgumentException($"The base of rotary positions must be positive, not {Base}.");
        var frequencies = new float[HeadDim / 2];
        for (var j = 0; j < frequencies.Length; j++) frequencies[j] = 1f / (float)Math.Pow((float)Base, (float)(2 * j) / HeadDim);
        Yarn?.Stretch(frequencies, Base);
        return frequencies;
    }
}
