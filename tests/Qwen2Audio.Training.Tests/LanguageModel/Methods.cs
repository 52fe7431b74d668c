using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Tests.LanguageModel;

/// <summary>The methods on micro-batches that a test made.</summary>
internal static class Methods
{
    /// <summary>Losses and gradients of one step.</summary>
    public static (double Total, IReadOnlyDictionary<string, double> Parts, float[] Gradients) Run(
        TrainingOps ops, TinyMixture model, LanguageModelLossOptions options, TokenBatch[] batches, ulong seed = 0) =>
        Run(Supervised(ops, model, options, batches), model, seed);

    public static SupervisedMethod Supervised(TrainingOps ops, TinyMixture model, LanguageModelLossOptions options, TokenBatch[] batches) => new(
        ops, model.Model, model.Parameters, options, new OneRank(), _ => [.. batches.Select((batch, i) => (i, new LoadedBatch(batch, [])))]);

    /// <summary>Pairs of a step, in micro-batches.</summary>
    public static PreferenceMethod Preferences(TrainingOps ops, TinyMixture model, ILanguageModel reference, Func<PreferencePair[][]> pieces) => new(
        ops, model.Model, reference, model.Parameters, new DpoOptions(), new OneRank(), varied: false, _ => [.. pieces().Select((pairs, i) => (i, Loaded(pairs)))]);

    public static (double Total, IReadOnlyDictionary<string, double> Parts, float[] Gradients) Run(ITuningMethod method, TinyMixture model, ulong seed = 0)
    {
        model.Parameters.Gradients.Clear();
        Assert.Empty(method.Begin(0));
        var losses = method.Compute(seed);
        return (losses.Total, losses.Parts.ToDictionary(part => part.Name, part => part.Value, StringComparer.Ordinal), model.Parameters.Gradients.Span.ToArray());
    }

    private static LoadedPairs Loaded(PreferencePair[] pairs) => new(
        new LoadedSamples(0, [.. pairs.Select(pair => pair.Chosen)], [.. pairs.Select(pair => new DrawnSample(pair.Number, 0))], []), [.. pairs.Select(pair => pair.Rejected)]);
}
