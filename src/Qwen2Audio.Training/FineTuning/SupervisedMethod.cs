using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Next-token prediction of the assistant's messages.</summary>
/// <param name="parameters">The model's parameters.</param>
/// <param name="options">Weights of the losses.</param>
/// <param name="ranks">The processes that train together.</param>
/// <param name="pieces">This rank's pieces of a step, with their numbers among all pieces.</param>
internal sealed class SupervisedMethod(
    TrainingOps ops, ILanguageModel model, ParameterSet parameters, LanguageModelLossOptions options, IRanks ranks,
    Func<long, IReadOnlyList<(int Number, LoadedBatch Piece)>> pieces) : ITuningMethod
{
    private IReadOnlyList<(int Number, TokenBatch Batch)> _now = [];

    public IReadOnlyList<SkippedSample> Begin(long step)
    {
        var loaded = pieces(step);
        _now = [.. loaded.Where(piece => piece.Piece.Batch.Ids.Length > 0).Select(piece => (piece.Number, piece.Piece.Batch))];
        return [.. loaded.SelectMany(piece => piece.Piece.Skipped)];
    }

    public StepLosses Compute(ulong seed)
    {
        var totals = StepTotals.Of(_now.Select(piece => piece.Batch), ranks);
        var losses = Losses(totals.Weight <= 0 ? double.NaN : 0, 0, 0, 0);
        for (var i = 0; i < _now.Count && totals.Weight > 0; i++)
            losses = losses.Plus(Accumulate(_now[i].Batch, totals, MicroBatchSeed.Of(seed, _now[i].Number), i + 1 < _now.Count ? null : ranks.Observe(parameters)));
        return losses;
    }

    /// <summary>Runs one piece forward and backward and adds its gradients.</summary>
    /// <param name="batch">The piece.</param>
    /// <param name="totals">Totals of the whole step, over all ranks.</param>
    /// <param name="seed">Fixes the dropout masks.</param>
    /// <param name="observer">Observes the backward pass.</param>
    public StepLosses Accumulate(TokenBatch batch, StepTotals totals, ulong seed, IBackwardObserver? observer = null)
    {
        ops.Begin(seed);
        var logits = model.LabelLogits(ops, batch);
        var language = CrossEntropyLoss.Add(
            ops, logits, batch.Labels, batch.Weights, (float)options.LabelSmoothing, divisor: totals.Weight);
        var share = (double)batch.Ids.Length / totals.Rows;
        var balance = share * RouterLosses.AddBalance(ops, ops.RoutedLayers, coefficient: (float)(share * options.Balance));
        var z = options.RouterZ == 0 ? 0 : RouterZ(share);
        ops.Backward(observer);
        return Losses(language + options.Balance * balance + options.RouterZ * z, language, balance, z);
    }

    public TuningMeasure Measure(ConversationSet samples, IEnumerable<StepPlan> plans, CancellationToken cancellation)
    {
        var (sum, labels, count, skipped) = (0.0, 0L, 0, 0);
        foreach (var plan in plans)
        {
            cancellation.ThrowIfCancellationRequested();
            var loaded = samples.Load(plan, cancellation);
            (count, skipped) = (count + loaded.Samples.Count, skipped + loaded.Skipped.Count);
            var batch = TokenBatch.Pack(loaded.Documents);
            if (batch.Labels.Length == 0) continue;
            ops.Begin();
            sum -= LabelLogProbabilities.Of(ops, model.LabelLogits(ops, batch), batch.Labels, batch.LabelStarts).Sums.Sum();
            labels += batch.Labels.Length;
        }

        var loss = labels == 0 ? double.NaN : sum / labels;
        return new TuningMeasure(0, loss, count, skipped) { Perplexity = Math.Exp(loss) };
    }

    private StepLosses Losses(double total, double language, double balance, double z)
    {
        List<LossPart> parts = [new("language", language, 1)];
        if (options.Balance > 0) parts.Add(new("balance", balance, options.Balance));
        if (options.RouterZ > 0) parts.Add(new("router_z", z, options.RouterZ));
        return new StepLosses(total, parts);
    }

    private double RouterZ(double share)
    {
        var (layers, sum) = (ops.RoutedLayers, 0.0);
        foreach (var layer in layers) sum += RouterLosses.AddZ(ops, layer.Logits, coefficient: (float)(options.RouterZ * share / layers.Count));
        return layers.Count == 0 ? 0 : share * sum / layers.Count;
    }
}
