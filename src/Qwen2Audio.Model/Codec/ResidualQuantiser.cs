using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Codec;

/// <summary>Stages of a residual quantiser. Using only the first ones lowers the codec's bitrate.</summary>
public sealed class ResidualQuantiser
{
    private readonly QuantiserStage[] _stages;

    private ResidualQuantiser(QuantiserStage[] stages) => _stages = stages;

    /// <summary>EnCodec's: the weights <c>S.codebook</c> [entries, dimension].</summary>
    public static ResidualQuantiser Euclidean(IWeights weights, int stages, int entries, int dimension) =>
        new([.. Enumerable.Range(0, stages).Select(s => new QuantiserStage(weights.Get($"{s}.codebook", entries, dimension)))]);

    /// <summary>
    /// DAC's: <c>S.in_proj</c> [dimension, width, 1], <c>S.codebook.weight</c> [entries, dimension] and <c>S.out_proj</c> [width, dimension, 1];
    /// projections have biases and are weight-normalised if the weights are.
    /// </summary>
    public static ResidualQuantiser Factorised(IWeights weights, int stages, int entries, int dimension, int width) =>
        new([.. Enumerable.Range(0, stages).Select(s => weights.Sub($"{s}")).Select(stage => new QuantiserStage(
            stage.Get("codebook.weight", entries, dimension), Project(stage.Sub("in_proj"), dimension, width), Project(stage.Sub("out_proj"), width, dimension)))]);

    /// <summary>The stages.</summary>
    public IReadOnlyList<QuantiserStage> Stages => _stages;

    /// <summary>Frames [rows, width] → the sum of the entries of the first <paramref name="stages"/> stages; see <see cref="IOps{T}.Quantise"/>.</summary>
    public T Quantise<T>(IOps<T> ops, T frames, int stages, Span<int> codes, ReadOnlySpan<int> depths = default) =>
        ops.Quantise(frames, _stages.AsSpan(0, stages), codes, depths);

    /// <summary>Codes [rows, stages] → the sum of their entries [rows, width].</summary>
    /// <exception cref="ArgumentException">The codes are not whole rows, or have more stages than there are.</exception>
    public T Decode<T>(IOps<T> ops, ReadOnlySpan<int> codes, int stages)
    {
        if (stages < 1 || stages > _stages.Length || codes.Length % stages != 0)
            throw new ArgumentException($"{codes.Length} codes in {stages} codebooks; there are {_stages.Length}.", nameof(codes));
        var ids = new int[codes.Length / stages];
        var sum = Entries(ops, codes, ids, stages, 0);
        for (var s = 1; s < stages; s++) ops.Accumulate(ref sum, Entries(ops, codes, ids, stages, s));
        return sum;
    }

    private T Entries<T>(IOps<T> ops, ReadOnlySpan<int> codes, int[] ids, int stages, int stage)
    {
        for (var row = 0; row < ids.Length; row++) ids[row] = codes[row * stages + stage];
        var entries = ops.Embed(_stages[stage].Codebook, ids);
        return _stages[stage].Outward is { } outward ? ops.Linear(entries, outward.Weight, outward.Bias) : entries;
    }

    private static Projection Project(IWeights weights, int outputs, int inputs) =>
        new(NormedWeight.OrPlain(weights, "weight", normed: false, outputs, inputs, 1), weights.Get("bias", outputs));
}
