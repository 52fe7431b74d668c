using System.Diagnostics;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Benchmarks;

/// <summary>The result of <see cref="TrainingBenchmark"/>.</summary>
/// <param name="Parameters">Number of trained elements.</param>
/// <param name="Milliseconds">Median time of the measured steps.</param>
/// <param name="Gflops">Arithmetic of a step (2 per multiply-add; forward once, backward twice) divided by its time.</param>
/// <param name="PeakGflops">Fused multiply-adds that the same threads reach in registers, measured in the same run.</param>
/// <param name="TokensPerSecond">Tokens of a step divided by its time.</param>
/// <param name="Threads">Number of threads.</param>
public sealed record TrainingBenchmarkResult(
    long Parameters, double Milliseconds, double Gflops, double PeakGflops, double TokensPerSecond, int Threads);

/// <summary>
/// Times a whole training step (forward, backward, clipping, AdamW) of a Qwen2-MoE model of 4 layers × 192, 6 query and 2 KV heads,
/// 8 experts top-2 of width 128, shared width 256, vocabulary 2048, on 8 sequences of 256 random tokens.
/// </summary>
public static class TrainingBenchmark
{
    private const int Sequences = 8;
    private const int Length = 256;

    /// <summary>The model of the benchmark.</summary>
    public static Qwen2Config Config { get; } = new()
    {
        VocabSize = 2048,
        HiddenSize = 192,
        IntermediateSize = 512,
        NumHiddenLayers = 4,
        NumAttentionHeads = 6,
        NumKeyValueHeads = 2,
        RmsNormEps = 1e-6,
        RopeTheta = 1_000_000,
        MaxPositionEmbeddings = Length,
        TieWordEmbeddings = false,
        MaxWindowLayers = 4,
        Moe = new Qwen2MoeConfig
        {
            NumExperts = 8,
            NumExpertsPerTok = 2,
            MoeIntermediateSize = 128,
            SharedExpertIntermediateSize = 256,
            NormTopkProb = false,
            DecoderSparseStep = 1,
            MlpOnlyLayers = [],
            RouterAuxLossCoef = 0.01,
        },
    };

    /// <summary>Runs <paramref name="warmup"/> unmeasured and <paramref name="steps"/> measured steps.</summary>
    public static TrainingBenchmarkResult Run(int threads, int steps = 10, int warmup = 5)
    {
        using var pool = new WorkerPool(threads);
        using var parameters = new ParameterSet();
        var model = new Qwen2Model(Config, parameters.Weights);
        parameters.Allocate(_ => true);
        Initialisation.Fill(parameters, 1);
        using var ops = new TrainingOps(pool);
        var optimizer = new AdamWOptimizer(parameters, new AdamWOptions(), pool);
        var random = new Random(1);
        var ids = new int[Sequences * Length];
        for (var i = 0; i < ids.Length; i++) ids[i] = random.Next(Config.VocabSize);

        var times = new double[steps];
        for (var i = -warmup; i < steps; i++)
        {
            var watch = Stopwatch.StartNew();
            Step(ops, model, parameters, optimizer, ids);
            if (i >= 0) times[i] = watch.Elapsed.TotalMilliseconds;
        }

        var peak = PeakMeasurement.FusedMultiplyAddGflops(pool);
        Array.Sort(times);
        var median = steps % 2 == 1 ? times[steps / 2] : (times[steps / 2 - 1] + times[steps / 2]) / 2;
        return new TrainingBenchmarkResult(
            parameters.Count, median, Operations() / median / 1e6, peak, ids.Length / median * 1000, pool.Threads);
    }

    private static void Step(TrainingOps ops, Qwen2Model model, ParameterSet parameters, AdamWOptimizer optimizer, int[] ids)
    {
        parameters.Gradients.Clear();
        ops.Begin();
        var rows = Layout.Of(Length, Length, Length, Length, Length, Length, Length, Length);
        var hidden = model.Hidden(ops, model.Embed(ops, ids), rows);
        var logits = model.Logits(ops, hidden);
        var targets = new int[ids.Length];
        for (var i = 0; i < ids.Length; i++) targets[i] = i % Length == Length - 1 ? CrossEntropyLoss.LeftOut : ids[i + 1];
        CrossEntropyLoss.Add(ops, logits, targets);
        RouterLosses.AddBalance(ops, ops.RoutedLayers, coefficient: (float)Config.Moe!.RouterAuxLossCoef);
        ops.Backward();
        optimizer.Update(1e-4, optimizer.GradientNorm());
    }

    /// <summary>Floating-point operations of a step: products with weights, and attention's two products over visible keys.</summary>
    private static double Operations()
    {
        var moe = Config.Moe!;
        double hidden = Config.HiddenSize, keys = Config.NumKeyValueHeads * Config.HeadDim;
        var attention = hidden * (2 * hidden + 2 * keys);
        var experts = 3 * hidden * (moe.NumExpertsPerTok * moe.MoeIntermediateSize + moe.SharedExpertIntermediateSize)
            + hidden * (moe.NumExperts + 1);
        var scores = 2 * hidden * (Length + 1) / 2.0;
        var perToken = Config.NumHiddenLayers * (attention + experts + scores) + hidden * Config.VocabSize;
        return 6 * perToken * Sequences * Length;
    }
}
