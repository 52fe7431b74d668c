using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Next-token prediction of what the assistant says.</summary>
internal sealed class SupervisedMethod : ITuningMethod
{
    private readonly TrainedModel _model;
    private readonly TrainingOps _ops;
    private readonly IRanks _ranks;
    private readonly BatchRecipe _batch;
    private readonly LanguageModelLossOptions _losses;
    private readonly CausalLanguageModelStep _step;
    private readonly TuningPieces<(TokenBatch Batch, IReadOnlyList<SkippedSample> Skipped)> _pieces;
    private IReadOnlyList<(int Number, TokenBatch Batch)> _now = [];

    public SupervisedMethod(FineTuningRecipe recipe, TuningData data, TrainedModel model, TrainingOps ops, double balance, IRanks ranks)
    {
        (_model, _ops, _ranks, _batch) = (model, ops, ranks, recipe.Batch);
        _losses = new LanguageModelLossOptions(balance, recipe.Losses.RouterZ, recipe.Losses.LabelSmoothing);
        _step = new CausalLanguageModelStep(ops, model.Language, _losses);
        var groups = recipe.Losses.TokenGroups.Select(group => new TokenGroup(group.Name, group.First, group.Count, (float)group.Weight)).ToList();
        _pieces = new(data, recipe.Batch, ranks, (plan, cancellation) =>
        {
            var loaded = data.Train.Load(plan, cancellation);
            return (TokenBatch.Pack(loaded.Documents, groups), loaded.Skipped);
        });
    }

    public IReadOnlyList<SkippedSample> Begin(long step)
    {
        var pieces = _pieces.Of(step);
        _now = [.. pieces.Where(piece => piece.Piece.Batch.Ids.Length > 0).Select(piece => (piece.Number, piece.Piece.Batch))];
        return [.. pieces.SelectMany(piece => piece.Piece.Skipped)];
    }

    public StepLosses Compute(ulong seed)
    {
        var mine = StepTotals.Of(_now.Select(piece => piece.Batch));
        double[] sums = [mine.Weight, mine.Rows];
        _ranks.Sum(sums);
        var totals = new StepTotals(sums[0], (long)sums[1]);
        var losses = default(LanguageModelLosses);
        if (totals.Weight <= 0) losses = losses with { Total = double.NaN };
        else
            for (var i = 0; i < _now.Count; i++)
                losses += _step.Accumulate(_now[i].Batch, totals, MicroBatchSeed.Of(seed, _now[i].Number), i + 1 < _now.Count ? null : _ranks.Observe(_model.Parameters));
        List<LossPart> parts = [new("language", losses.Language, 1)];
        if (_losses.Balance > 0) parts.Add(new("balance", losses.Balance, _losses.Balance));
        if (_losses.RouterZ > 0) parts.Add(new("router_z", losses.RouterZ, _losses.RouterZ));
        return new StepLosses(losses.Total, parts);
    }

    public TuningMeasure Measure(ConversationSet samples, CancellationToken cancellation)
    {
        var (sum, labels, count, skipped) = (0.0, 0L, 0, 0);
        foreach (var plan in MeasuredPlans.Of(samples, _batch))
        {
            cancellation.ThrowIfCancellationRequested();
            var loaded = samples.Load(plan, cancellation);
            (count, skipped) = (count + loaded.Samples.Count, skipped + loaded.Skipped.Count);
            var batch = TokenBatch.Pack(loaded.Documents);
            if (batch.Labels.Length == 0) continue;
            _ops.Begin();
            sum -= LabelLogProbabilities.Of(_ops, _model.Language.LabelLogits(_ops, batch), batch.Labels, batch.LabelStarts).Sums.Sum();
            labels += batch.Labels.Length;
        }

        var loss = labels == 0 ? double.NaN : sum / labels;
        return new TuningMeasure(0, loss, count, skipped) { Perplexity = Math.Exp(loss) };
    }

    public void Dispose() => _pieces.Dispose();
}
