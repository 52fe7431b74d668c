using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Direct preference optimisation against the base model.</summary>
internal sealed class PreferenceMethod : ITuningMethod
{
    private readonly TrainedModel _model;
    private readonly IRanks _ranks;
    private readonly BatchRecipe _batch;
    private readonly DpoOptions _options;
    private readonly IDisposable? _owned;
    private readonly PreferenceStep _step;
    private readonly TuningPieces<LoadedPairs> _pieces;
    private readonly Dictionary<DrawnSample, PairLogProbabilities> _reference = []; // never changes, so each is asked for once
    private readonly bool _varied;
    private IReadOnlyList<(int Number, Pair[] Pairs)> _now = [];

    public PreferenceMethod(FineTuningRecipe recipe, TuningData data, TrainedModel model, TrainingOps ops, IRanks ranks)
    {
        (_model, _ranks, _batch, _varied) = (model, ranks, recipe.Batch, recipe.Data.Augmentation is not null);
        _options = new DpoOptions(recipe.Preferences.Beta, recipe.Preferences.LabelSmoothing);
        _step = new PreferenceStep(ops, model.Language, model.Reference(out _owned), _options);
        _pieces = new(data, recipe.Batch, ranks, data.Train.LoadPairs);
    }

    public IReadOnlyList<SkippedSample> Begin(long step)
    {
        var pieces = _pieces.Of(step);
        _now = [.. pieces.Where(piece => piece.Piece.Rejected.Count > 0).Select(piece => (piece.Number, Pairs(piece.Piece)))];
        return [.. pieces.SelectMany(piece => piece.Piece.Chosen.Skipped)];
    }

    public StepLosses Compute(ulong seed)
    {
        double[] sums = [_now.Sum(piece => piece.Pairs.Length)];
        _ranks.Sum(sums);
        var losses = default(PreferenceLosses);
        if (sums[0] <= 0) losses = losses with { Loss = double.NaN };
        else
            for (var i = 0; i < _now.Count; i++)
            {
                Ask(_now[i].Pairs);
                losses += _step.Accumulate([.. _now[i].Pairs.Select(pair => pair.Documents)], (long)sums[0], MicroBatchSeed.Of(seed, _now[i].Number),
                    i + 1 < _now.Count ? null : _ranks.Observe(_model.Parameters));
            }

        return new StepLosses(losses.Loss,
            [new("preference", losses.Loss, 1), new("reward_margin", losses.RewardMargin, 0), new("reward_accuracy", losses.RewardAccuracy, 0)]);
    }

    public TuningMeasure Measure(ConversationSet samples, CancellationToken cancellation)
    {
        var (loss, margin, right, count, skipped) = (0.0, 0.0, 0, 0, 0);
        foreach (var plan in MeasuredPlans.Of(samples, _batch))
        {
            cancellation.ThrowIfCancellationRequested();
            var loaded = samples.LoadPairs(plan, cancellation);
            skipped += loaded.Chosen.Skipped.Count;
            if (loaded.Rejected.Count == 0) continue;
            PreferencePair[] pairs = [.. Pairs(loaded).Select(pair => pair.Documents)];
            _step.AskReference(pairs);
            var said = _step.Score(pairs);
            for (var i = 0; i < pairs.Length; i++)
            {
                var result = DpoLoss.Of(said[i], pairs[i].Reference!.Value, _options);
                (loss, margin, right, count) = (loss + result.Loss, margin + result.RewardMargin, right + (result.IsRight ? 1 : 0), count + 1);
            }
        }

        return new TuningMeasure(0, loss / count, count, skipped) { RewardMargin = margin / count, RewardAccuracy = (double)right / count };
    }

    public void Dispose()
    {
        _pieces.Dispose();
        _owned?.Dispose();
    }

    private void Ask(Pair[] pairs)
    {
        foreach (var pair in pairs)
            if (!_varied && _reference.TryGetValue(pair.Sample, out var known)) pair.Documents.Reference = known;
        _step.AskReference([.. pairs.Select(pair => pair.Documents)]);
        foreach (var pair in pairs)
            if (!_varied) _reference.TryAdd(pair.Sample, pair.Documents.Reference!.Value);
    }

    private static Pair[] Pairs(LoadedPairs loaded) => [.. loaded.Chosen.Documents.Zip(loaded.Rejected, loaded.Chosen.Samples)
        .Select(item => new Pair(item.Third with { Epoch = 0 }, new PreferencePair(item.First, item.Second)))];

    private sealed record Pair(DrawnSample Sample, PreferencePair Documents);
}
