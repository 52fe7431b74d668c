namespace Qwen2Audio.Training.Speech.Features;

/// <summary>Mean and standard deviation of each mel bin over the training clips; the model's input is (x − mean) / deviation.</summary>
internal sealed class FeatureScale
{
    private const double MinDeviation = 1e-3;

    /// <summary>A scale with one mean and one deviation per bin.</summary>
    public FeatureScale(IReadOnlyList<float> mean, IReadOnlyList<float> deviation)
    {
        if (mean.Count != MelFrames.Bins || deviation.Count != MelFrames.Bins)
            throw new ArgumentException($"{mean.Count} means and {deviation.Count} deviations; {MelFrames.Bins} of each are needed.");
        if (deviation.Any(value => !(value > 0 && float.IsFinite(value)))) throw new ArgumentException("A deviation is not above 0.", nameof(deviation));
        (Mean, Deviation) = ([.. mean], [.. deviation]);
    }

    /// <summary>Mean of each bin.</summary>
    public float[] Mean { get; }

    /// <summary>Standard deviation of each bin.</summary>
    public float[] Deviation { get; }

    /// <summary>Computes the scale of clips, weighting all frames equally. The result does not depend on the number of threads.</summary>
    public static FeatureScale Of(IReadOnlyList<ClipFeatures> clips)
    {
        if (clips.Count == 0) throw new ArgumentException("There are no clips to compute means from.", nameof(clips));
        var (sums, squares) = (new double[MelFrames.Bins], new double[MelFrames.Bins]);
        long frames = 0;
        foreach (var clip in clips)
        {
            frames += clip.Frames;
            var values = clip.Values;
            for (var i = 0; i < values.Length; i++)
            {
                var value = (double)values[i];
                sums[i % MelFrames.Bins] += value;
                squares[i % MelFrames.Bins] += value * value;
            }
        }

        var mean = Array.ConvertAll(sums, sum => (float)(sum / frames));
        var deviation = new float[MelFrames.Bins];
        for (var bin = 0; bin < MelFrames.Bins; bin++)
        {
            var centre = sums[bin] / frames;
            deviation[bin] = (float)Math.Sqrt(Math.Max((squares[bin] / frames) - (centre * centre), MinDeviation * MinDeviation));
        }

        return new FeatureScale(mean, deviation);
    }

    /// <summary>Takes back <see cref="Apply"/>, within rounding.</summary>
    public void Undo(Span<float> values)
    {
        for (var start = 0; start < values.Length; start += MelFrames.Bins)
            for (var bin = 0; bin < MelFrames.Bins; bin++)
                values[start + bin] = values[start + bin] * Deviation[bin] + Mean[bin];
    }

    /// <summary>Scales features in place.</summary>
    public void Apply(Span<float> values)
    {
        for (var start = 0; start < values.Length; start += MelFrames.Bins)
            for (var bin = 0; bin < MelFrames.Bins; bin++)
                values[start + bin] = (values[start + bin] - Mean[bin]) / Deviation[bin];
    }
}
