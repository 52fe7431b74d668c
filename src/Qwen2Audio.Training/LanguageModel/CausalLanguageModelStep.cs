using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// Forward and backward passes of next-token prediction. Gradients are added to those of the parameters: clear them before a step, run its
/// micro-batches, then update once.
/// </summary>
internal sealed class CausalLanguageModelStep(TrainingOps ops, ILanguageModel model, LanguageModelLossOptions options)
{
    /// <summary>All micro-batches of a step; returns the step's losses.</summary>
    /// <param name="batches">The micro-batches.</param>
    /// <param name="seed">Fixes the dropout masks of the step.</param>
    public LanguageModelLosses Run(IReadOnlyList<TokenBatch> batches, ulong seed = 0)
    {
        var totals = StepTotals.Of(batches);
        var losses = default(LanguageModelLosses);
        for (var i = 0; i < batches.Count; i++) losses += Accumulate(batches[i], totals, MicroBatchSeed.Of(seed, i));
        return losses;
    }

    /// <summary>One micro-batch.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="totals">Those of the whole step, of all ranks together.</param>
    /// <param name="seed">Fixes the dropout masks.</param>
    /// <param name="observer">Looks on while the backward pass runs.</param>
    public LanguageModelLosses Accumulate(TokenBatch batch, StepTotals totals, ulong seed, IBackwardObserver? observer = null)
    {
        if (batch.Ids.Length == 0) return default;
        ops.Begin(seed);
        var logits = model.LabelLogits(ops, batch);
        var language = totals.Weight <= 0 ? 0 : CrossEntropyLoss.Add(
            ops, logits, batch.Labels, batch.Weights, (float)options.LabelSmoothing, divisor: totals.Weight);
        var share = (double)batch.Ids.Length / totals.Rows;
        var balance = share * RouterLosses.AddBalance(ops, ops.RoutedLayers, coefficient: (float)(share * options.Balance));
        var z = options.RouterZ == 0 ? 0 : RouterZ(share);
        ops.Backward(observer);
        return new LanguageModelLosses(language + options.Balance * balance + options.RouterZ * z, language, balance, z);
    }

    private double RouterZ(double share)
    {
        var (layers, sum) = (ops.RoutedLayers, 0.0);
        foreach (var layer in layers) sum += RouterLosses.AddZ(ops, layer.Logits, coefficient: (float)(options.RouterZ * share / layers.Count));
        return layers.Count == 0 ? 0 : share * sum / layers.Count;
    }
}
