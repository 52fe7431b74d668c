namespace Qwen2Audio.Training.Speech.Features;

/// <summary>
/// A clip's log-mel features: log10 of the mel power under the clip's largest value, so that 0 is the loudest point and the loudness of
/// the recording drops out; not below −8. Frame by frame, 10 ms a frame, 80 bins a frame.
/// </summary>
internal sealed class MelFrames
{
    /// <summary>Values a frame.</summary>
    public const int Bins = 80;

    /// <summary>The lowest value that any clip has.</summary>
    public const float Lowest = -8;

    /// <summary>Frames over given values, [frames × <see cref="Bins"/>].</summary>
    public MelFrames(float[] values, float floor = Lowest)
    {
        if (values.Length == 0 || values.Length % Bins != 0)
            throw new ArgumentException($"{values.Length} values are no whole number of frames of {Bins}.", nameof(values));
        (Values, Floor) = (values, floor);
    }

    /// <summary>[frames × <see cref="Bins"/>].</summary>
    public float[] Values { get; }

    /// <summary>What digital silence within the clip has: −8, or more in a clip whose loudest point is fainter than that.</summary>
    public float Floor { get; }

    /// <summary>Number of frames.</summary>
    public int Frames => Values.Length / Bins;

    /// <summary>The bins of one frame.</summary>
    public Span<float> Frame(int frame) => Values.AsSpan(frame * Bins, Bins);

    /// <summary>Brings the largest value to 0 again and lifts what is below −8.</summary>
    public void Level()
    {
        var largest = float.NegativeInfinity;
        foreach (var value in Values) largest = Math.Max(largest, value);
        foreach (ref var value in Values.AsSpan()) value = Math.Max(value - largest, Lowest);
    }
}
