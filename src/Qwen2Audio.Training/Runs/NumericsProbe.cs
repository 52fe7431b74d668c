using System.Runtime.InteropServices;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// A hash of a fixed training step of a small mixture of experts. On one kind of processor it changes when a version of the
/// program changes the order of sums.
/// </summary>
internal static class NumericsProbe
{
    private static readonly Lazy<string> Known = new(Compute);

    /// <summary>Hash of the weights after the step.</summary>
    public static string Bits => Known.Value;

    private static string Compute()
    {
        using var pool = new WorkerPool(1);
        using var ops = new TrainingOps(pool);
        using var parameters = new ParameterSet();
        var model = new Qwen2Model(new Qwen2Config
        {
            VocabSize = 61,
            HiddenSize = 40,
            IntermediateSize = 72,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            RmsNormEps = 1e-6,
            RopeTheta = 10_000,
            MaxPositionEmbeddings = 64,
            TieWordEmbeddings = true,
            Moe = new Qwen2MoeConfig
            {
                NumExperts = 4,
                NumExpertsPerTok = 2,
                MoeIntermediateSize = 36,
                SharedExpertIntermediateSize = 40,
                NormTopkProb = true,
                DecoderSparseStep = 1,
                MlpOnlyLayers = [1],
                RouterAuxLossCoef = 0.01,
            },
        }, parameters.Weights);
        parameters.Allocate(DecayGroups.Matrices);
        Initialisation.Fill(parameters, 1);
        var batch = TokenBatch.Pack([.. new[] { 23, 14 }.Select(length => TokenDocument.Plain([.. Enumerable.Range(0, length).Select(i => i * 17 % 61)]))]);
        ops.Begin();
        var loss = CrossEntropyLoss.Add(ops, new Qwen2LanguageModel(model).LabelLogits(ops, batch), batch.Labels, smoothing: 0.1f);
        RouterLosses.AddBalance(ops, ops.RoutedLayers);
        ops.Backward();
        new AdamWOptimizer(parameters, new AdamWOptions(), pool).TryUpdate(0.01, loss);
        return ContentHash.Of(sum => sum.AppendData(MemoryMarshal.AsBytes(parameters.Values.Span)));
    }
}
