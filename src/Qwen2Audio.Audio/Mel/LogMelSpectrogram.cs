namespace Qwen2Audio.Audio.Mel;

/// <summary>Mel values over time.</summary>
/// <param name="Values">Frame by frame: [<paramref name="Frames"/> × <paramref name="Bins"/>], at the front of the array.</param>
/// <param name="Frames">Frames of 10 ms, padding included.</param>
/// <param name="Bins">Mel bins.</param>
/// <param name="ValidFrames">Frames of the clip itself: ceil(samples / 160), at most <paramref name="Frames"/>.</param>
/// <param name="Largest">The largest log10 of the power over all frames, before any scaling.</param>
public sealed record LogMelSpectrogram(float[] Values, int Frames, int Bins, int ValidFrames, double Largest)
{
    /// <summary>The bins of one frame.</summary>
    internal ReadOnlySpan<float> Frame(int frame) => Values.AsSpan(frame * Bins, Bins);

    /// <summary>The same values bin by bin, [bins × frames], as Whisper's feature extractor lays them out.</summary>
    public float[] ToBinsMajor()
    {
        var turned = new float[Frames * Bins];
        for (var frame = 0; frame < Frames; frame++)
            for (var bin = 0; bin < Bins; bin++) turned[bin * Frames + frame] = Values[frame * Bins + bin];
        return turned;
    }
}
