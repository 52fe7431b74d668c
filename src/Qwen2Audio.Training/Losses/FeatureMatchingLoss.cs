using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>How far the features that discriminators find in what was generated are from those of the recording.</summary>
internal static class FeatureMatchingLoss
{
    private const double LeastSize = 1e-12;

    /// <summary>
    /// Plain: Σ over discriminators and layers of mean |real − fake|; relative: the mean over all of them of mean |real − fake| /
    /// mean |real|. The recording's features are constants. <paramref name="coefficient"/> times the gradient is added to the others.
    /// </summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="real">Features of the recording: discriminators, their layers, any shape.</param>
    /// <param name="fake">Features of what was generated, the same.</param>
    /// <param name="relative">Whether each difference is divided by the size of the recording's feature.</param>
    /// <param name="coefficient">Factor of the loss in the total.</param>
    /// <exception cref="ArgumentException">The numbers of discriminators, layers or values differ, or there are none.</exception>
    public static double Add(
        TrainingOps ops, IReadOnlyList<IReadOnlyList<Variable>> real, IReadOnlyList<IReadOnlyList<Variable>> fake, bool relative = false,
        float coefficient = 1)
    {
        var maps = real.Sum(layers => layers.Count);
        if (maps == 0 || !real.Select(layers => layers.Count).SequenceEqual(fake.Select(layers => layers.Count)))
            throw new ArgumentException($"{maps} features of recordings, {fake.Sum(layers => layers.Count)} of what was generated.", nameof(fake));
        var loss = 0.0;
        foreach (var (wanted, found) in real.SelectMany(layers => layers).Zip(fake.SelectMany(layers => layers)))
        {
            var weight = relative ? 1 / (maps * Math.Max(LeastSize, Size(ops, wanted))) : 1;
            loss += weight * AbsoluteLoss.Mean(ops.Pool, found.Value, wanted.Value);
            if (!found.NeedsGradient) continue;
            ops.Seed(found, AbsoluteLoss.Slopes(ops, found.Value, wanted.Value, weight * coefficient / found.Value.Length));
        }

        return loss;
    }

    private static double Size(TrainingOps ops, Variable feature)
    {
        var values = feature.Value;
        return FixedBlocks.Sum(ops.Pool, values.Length, (start, count) =>
        {
            var sum = 0.0;
            foreach (var value in values.Span.Slice(start, count)) sum += Math.Abs(value);
            return sum;
        }) / values.Length;
    }
}
