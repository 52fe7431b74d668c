using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>
/// Direct preference optimisation of a policy against a fixed reference, which scores each pair once.
/// </summary>
/// <param name="policy">The model being trained.</param>
/// <param name="reference">The reference model.</param>
/// <param name="parameters">The policy's parameters.</param>
/// <param name="options">Settings of the loss.</param>
/// <param name="ranks">The processes that train together.</param>
/// <param name="varied">Whether clips are augmented: the reference's scores are then valid for one step only.</param>
/// <param name="pieces">This rank's pieces of a step, with their numbers among all pieces.</param>
internal sealed class PreferenceMethod(
    TrainingOps ops, ILanguageModel policy, ILanguageModel reference, ParameterSet parameters, DpoOptions options, IRanks ranks, bool varied,
    Func<long, IReadOnlyList<(int Number, LoadedPairs Piece)>> pieces) : ITuningMethod
{
    private readonly Dictionary<int, PairLogProbabilities> _reference = [];
    private IReadOnlyList<(int Number, PreferencePair[] Pairs)> _now = [];

    public IReadOnlyList<SkippedSample> Begin(long step)
    {
        var loaded = pieces(step);
        _now = [.. loaded.Where(piece => piece.Piece.Rejected.Count > 0).Select(piece => (piece.Number, Pairs(piece.Piece)))];
        return [.. loaded.SelectMany(piece => piece.Piece.Chosen.Skipped)];
    }

    public StepLosses Compute(ulong seed)
    {
        double[] sums = [_now.Sum(piece => piece.Pairs.Length)];
        ranks.Sum(sums);
        var losses = default(PreferenceLosses);
        if (sums[0] <= 0) losses = losses with { Loss = double.NaN };
        else
            for (var i = 0; i < _now.Count; i++)
                losses += Accumulate(_now[i].Pairs, (long)sums[0], MicroBatchSeed.Of(seed, _now[i].Number), i + 1 < _now.Count ? null : ranks.Observe(parameters));
        return new StepLosses(losses.Loss,
        [
            new("preference", losses.Loss, 1), new("reward_chosen", losses.RewardChosen, 0), new("reward_rejected", losses.RewardRejected, 0),
            new("reward_margin", losses.RewardMargin, 0), new("reward_accuracy", losses.RewardAccuracy, 0),
        ]);
    }

    public TuningMeasure Measure(ConversationSet samples, IEnumerable<StepPlan> plans, CancellationToken cancellation)
    {
        var (loss, margin, right, count, skipped) = (0.0, 0.0, 0, 0, 0);
        foreach (var plan in plans)
        {
            cancellation.ThrowIfCancellationRequested();
            var loaded = samples.LoadPairs(plan, cancellation);
            skipped += loaded.Chosen.Skipped.Count;
            if (loaded.Rejected.Count == 0) continue;
            var pairs = Pairs(loaded);
            var (known, said) = (Score(reference, pairs), Score(policy, pairs));
            for (var i = 0; i < pairs.Length; i++)
            {
                var result = DpoLoss.Of(said[i], known[i], options);
                (loss, margin, right, count) = (loss + result.Loss, margin + result.RewardMargin, right + (result.IsRight ? 1 : 0), count + 1);
            }
        }

        return new TuningMeasure(0, loss / count, count, skipped) { RewardMargin = margin / count, RewardAccuracy = (double)right / count };
    }

    /// <summary>A model's log probabilities of pairs, without gradient.</summary>
    public PairLogProbabilities[] Score(ILanguageModel model, IReadOnlyList<PreferencePair> pairs)
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

    private PreferenceLosses Accumulate(PreferencePair[] pairs, long pairsOfStep, ulong seed, IBackwardObserver? observer)
    {
        var known = Reference(pairs);
        var batch = PreferencePair.Pack(pairs);
        ops.Begin(seed);
        var scores = LabelLogProbabilities.Of(ops, policy.LabelLogits(ops, batch), batch.Labels, batch.LabelStarts);
        var slopes = new double[2 * pairs.Length];
        var losses = default(PreferenceLosses);
        for (var i = 0; i < pairs.Length; i++)
        {
            var said = new PairLogProbabilities(scores.Sums[i], scores.Sums[pairs.Length + i]);
            var pair = DpoLoss.Of(said, known[i], options);
            slopes[i] = pair.Slope / pairsOfStep;
            slopes[pairs.Length + i] = -slopes[i];
            losses += new PreferenceLosses(pair.Loss, pair.RewardChosen, pair.RewardRejected, pair.IsRight ? 1 : 0);
        }

        scores.Seed(slopes);
        ops.Backward(observer);
        return new PreferenceLosses(losses.Loss / pairsOfStep, losses.RewardChosen / pairsOfStep, losses.RewardRejected / pairsOfStep,
            losses.RewardAccuracy / pairsOfStep);
    }

    private static PreferencePair[] Pairs(LoadedPairs loaded) => [.. loaded.Chosen.Documents.Zip(loaded.Rejected, loaded.Chosen.Samples)
        .Select(item => new PreferencePair(item.Third.Sample, item.First, item.Second))];

    private PairLogProbabilities[] Reference(PreferencePair[] pairs)
    {
        if (varied) return Score(reference, pairs);
        List<PreferencePair> open = [.. pairs.Where(pair => !_reference.ContainsKey(pair.Number)).DistinctBy(pair => pair.Number)];
        if (open.Count > 0)
            foreach (var (pair, said) in open.Zip(Score(reference, open))) _reference.Add(pair.Number, said);
        return Array.ConvertAll(pairs, pair => _reference[pair.Number]);
    }
}
