using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// Forward and backward passes of direct preference optimisation: a policy that is trained, and a reference that never changes. The
/// reference is asked once for each pair; see <see cref="PreferencePair.Reference"/>. Gradients are added to those of the parameters.
/// </summary>
internal sealed class PreferenceStep(TrainingOps ops, ILanguageModel policy, ILanguageModel reference, DpoOptions options)
{
    /// <summary>All micro-batches of a step; returns means over all pairs.</summary>
    /// <param name="batches">Pairs, micro-batch by micro-batch.</param>
    /// <param name="seed">Fixes the dropout masks of the step.</param>
    public PreferenceLosses Run(IReadOnlyList<IReadOnlyList<PreferencePair>> batches, ulong seed = 0)
    {
        var pairs = batches.Sum(batch => batch.Count);
        var losses = default(PreferenceLosses);
        for (var i = 0; i < batches.Count; i++) losses += Accumulate(batches[i], pairs, MicroBatchSeed.Of(seed, i));
        return losses;
    }

    /// <summary>One micro-batch of a step that has <paramref name="pairsOfStep"/> pairs in all.</summary>
    public PreferenceLosses Accumulate(IReadOnlyList<PreferencePair> pairs, long pairsOfStep, ulong seed, IBackwardObserver? observer = null)
    {
        if (pairs.Count == 0) return default;
        AskReference(pairs);
        var batch = PreferencePair.Pack(pairs);
        ops.Begin(seed);
        var scores = LabelLogProbabilities.Of(ops, policy.LabelLogits(ops, batch), batch.Labels, batch.LabelStarts);
        var slopes = new double[2 * pairs.Count];
        var losses = default(PreferenceLosses);
        for (var i = 0; i < pairs.Count; i++)
        {
            var said = new PairLogProbabilities(scores.Sums[i], scores.Sums[pairs.Count + i]);
            var pair = DpoLoss.Of(said, pairs[i].Reference!.Value, options);
            slopes[i] = pair.Slope / pairsOfStep;
            slopes[pairs.Count + i] = -slopes[i];
            losses += new PreferenceLosses(pair.Loss, pair.RewardChosen, pair.RewardRejected, pair.IsRight ? 1 : 0);
        }

        scores.Seed(slopes);
        ops.Backward(observer);
        return new PreferenceLosses(losses.Loss / pairsOfStep, losses.RewardChosen / pairsOfStep, losses.RewardRejected / pairsOfStep,
            losses.RewardAccuracy / pairsOfStep);
    }

    /// <summary>What the policy says of the pairs now; no gradient.</summary>
    public IReadOnlyList<PairLogProbabilities> Score(IReadOnlyList<PreferencePair> pairs) => Score(policy, pairs);

    /// <summary>Asks the reference about those pairs of which it is not known what it says.</summary>
    public void AskReference(IReadOnlyList<PreferencePair> pairs)
    {
        var open = pairs.Where(pair => pair.Reference is null).Distinct().ToList();
        if (open.Count == 0) return;
        var scores = Score(reference, open);
        for (var i = 0; i < open.Count; i++) open[i].Reference = scores[i];
    }

    private PairLogProbabilities[] Score(ILanguageModel model, IReadOnlyList<PreferencePair> pairs)
    {
        var batch = PreferencePair.Pack(pairs);
        var (dropout, records) = (ops.DropoutRate, ops.Records);
        (ops.DropoutRate, ops.Records) = (0, false);
        try
        {
            ops.Begin();
            var scores = LabelLogProbabilities.Of(ops, model.LabelLogits(ops, batch), batch.Labels, batch.LabelStarts);
            return [.. pairs.Select((_, i) => new PairLogProbabilities(scores.Sums[i], scores.Sums[pairs.Count + i]))];
        }
        finally
        {
            (ops.DropoutRate, ops.Records) = (dropout, records);
        }
    }
}
