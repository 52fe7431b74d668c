using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Weights whose numbers follow from their name alone, of about 1/√columns.</summary>
internal sealed class InferenceWeights(string prefix = "", Dictionary<string, InferenceWeight>? made = null) : IWeights, IDisposable
{
    private readonly Dictionary<string, InferenceWeight> _made = made ?? [];

    /// <summary>The weights that were asked for.</summary>
    public IReadOnlyCollection<InferenceWeight> Made => _made.Values;

    public IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        var full = prefix + name;
        return _made.TryGetValue(full, out var known) ? known : Make(full, shape);
    }

    private InferenceWeight Make(string full, ReadOnlySpan<int> shape)
    {
        var isVector = shape.Length == 1;
        var weight = new InferenceWeight(full, shape, matrix => Fill(full, isVector, matrix));
        _made.Add(full, weight);
        return weight;
    }

    /// <summary>The numbers of a weight of this name.</summary>
    public static void Fill(string name, bool isVector, Matrix numbers)
    {
        var random = new Random(name.Aggregate(17, (hash, c) => unchecked(hash * 31 + c)));
        var scale = isVector ? 0.3f : 1 / MathF.Sqrt(numbers.Columns);
        for (var row = 0; row < numbers.Rows; row++)
            foreach (ref var number in numbers.Row(row)) number = scale * Normal(random) + (isVector ? 1 : 0);
    }

    public bool Contains(string name) => true;

    public IWeights Sub(string below) => new InferenceWeights($"{prefix}{below}.", _made);

    public void Dispose()
    {
        foreach (var weight in _made.Values) weight.Dispose();
    }

    public static float Normal(Random random)
    {
        var sum = -6.0;
        for (var i = 0; i < 12; i++) sum += random.NextDouble();
        return (float)sum;
    }

    public static Qwen2Config Config(bool experts = false, int window = 0, bool tied = true) => new()
    {
        VocabSize = 67,
        HiddenSize = 24,
        IntermediateSize = 40,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        RmsNormEps = 1e-6,
        RopeTheta = 10_000,
        MaxPositionEmbeddings = 512,
        TieWordEmbeddings = tied,
        SlidingWindow = window,
        MaxWindowLayers = 1,
        Moe = !experts ? null : new Qwen2MoeConfig
        {
            NumExperts = 6,
            NumExpertsPerTok = 2,
            MoeIntermediateSize = 20,
            SharedExpertIntermediateSize = 28,
            NormTopkProb = false,
            DecoderSparseStep = 2,
            MlpOnlyLayers = [],
            RouterAuxLossCoef = 0.001,
        },
    };
}
