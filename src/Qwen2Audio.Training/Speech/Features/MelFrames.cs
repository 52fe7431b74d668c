namespace Qwen2Audio.Training.Speech.Features;

/// <summary>
/// A clip's log-mel features: log10 of the mel power relative to the clip's maximum, which is 0 and makes them independent of the recording's
/// loudness; floored at −8. Frames of 10 ms with 80 bins.
/// </summary>
internal sealed class MelFrames
{
    /// <summary>Values per frame.</summary>
    public const int Bins = 80;

    /// <summary>The lowest possible value.</summary>
    public const float Lowest = -8;

    /// <summary>Wraps values [frames × <see cref="Bins"/>].</summary>
    public MelFrames(float[] values, float floor = Lowest)
    {
        if (values.Length == 0 || values.Length % Bins != 0)
            throw new ArgumentException($"{values.Length} values are not a whole number of frames of {Bins}.", nameof(values));
        (Values, Floor) = (values, floor);
    }

    /// <summary>[frames × <see cref="Bins"/>].</summary>
    public float[] Values { get; }

    /// <summary>The value of digital silence within the clip: −8, or higher if the clip's maximum is very quiet.</summary>
    public float Floor { get; }

    /// <summary>Number of frames.</summary>
    public int Frames => Values.Length / Bins;

    /// <summary>The bins of one frame.</summary>
    public Span<float> Frame(int frame) => Values.AsSpan(frame * Bins, Bins);

    /// <summary>Shifts the maximum back to 0 and raises values below −8.</summary>
    public void Level()
    {
        var largest = float.NegativeInfinity;
        foreach (var value in Values) largest = Math.Max(largest, value);
        foreach (ref var value in Values.AsSpan()) value = Math.Max(value - largest, Lowest);
    }
}
