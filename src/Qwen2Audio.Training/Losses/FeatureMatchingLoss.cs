using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>Difference between discriminator features of generated audio and of the recording.</summary>
internal static class FeatureMatchingLoss
{
    private const double MinSize = 1e-12;

    /// <summary>
    /// Plain: Σ over discriminators and layers of mean |real − fake|. Relative: the mean over all of them of mean |real − fake| /
    /// mean |real|. The recording's features are constants. Adds <paramref name="coefficient"/> times the gradient to the others.
    /// </summary>
    /// <param name="real">Features of the recording, by discriminator and layer, any shape.</param>
    /// <param name="fake">Features of the generated audio, of the same shapes.</param>
    /// <param name="relative">Whether each difference is divided by the mean magnitude of the recording's feature.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <exception cref="ArgumentException">The numbers of discriminators, layers or values differ or are 0.</exception>
    public static double Add(
        TrainingOps ops, IReadOnlyList<IReadOnlyList<Variable>> real, IReadOnlyList<IReadOnlyList<Variable>> fake, bool relative = false,
        float coefficient = 1)
    {
        var maps = real.Sum(layers => layers.Count);
        if (maps == 0 || !real.Select(layers => layers.Count).SequenceEqual(fake.Select(layers => layers.Count)))
            throw new ArgumentException($"{maps} features of recordings, {fake.Sum(layers => layers.Count)} of generated audio.", nameof(fake));
        var loss = 0.0;
        foreach (var (wanted, found) in real.SelectMany(layers => layers).Zip(fake.SelectMany(layers => layers)))
        {
            var weight = relative ? 1 / (maps * Math.Max(MinSize, Size(ops, wanted))) : 1;
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
