namespace Qwen2Audio.Model.Codec;

/// <summary>Stages of a residual quantiser. Using only the first ones lowers the codec's bitrate.</summary>
public sealed class ResidualQuantiser
{
    private readonly QuantiserStage[] _stages;

    private ResidualQuantiser(QuantiserStage[] stages) => _stages = stages;

    /// <summary>EnCodec's: the weights <c>S.codebook</c> [entries, dimension]; <paramref name="before"/> is the number of the model's codebooks before these.</summary>
    public static ResidualQuantiser Euclidean(IWeights weights, int stages, int entries, int dimension, int before = 0) =>
        Of(stages, before, s => new QuantiserStage(weights.Get($"{s}.codebook", entries, dimension)));

    /// <summary>
    /// DAC's: <c>S.in_proj</c> [dimension, width, 1], <c>S.codebook.weight</c> [entries, dimension] and <c>S.out_proj</c> [width, dimension, 1];
    /// projections have biases and are weight-normalised if the weights are.
    /// </summary>
    public static ResidualQuantiser Factorised(IWeights weights, int stages, int entries, int dimension, int width) =>
        Of(stages, 0, s => new QuantiserStage(
            weights.Get($"{s}.codebook.weight", entries, dimension), Project(weights.Sub($"{s}.in_proj"), dimension, width), Project(weights.Sub($"{s}.out_proj"), width, dimension)));

    /// <summary>The stages.</summary>
    public IReadOnlyList<QuantiserStage> Stages => _stages;

    /// <summary>Sites for probes.</summary>
    public IEnumerable<Site> Sites => _stages.SelectMany(stage => new[] { stage.Codes!, stage.Entries! });

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
        var (codebook, outward, site) = (_stages[stage].Codebook, _stages[stage].Outward, _stages[stage].Entries!);
        ops.Tap(_stages[stage].Codes!, ids, codebook.Shape[0]);
        var entries = ops.Embed(codebook, ids);
        if (outward is not null) entries = ops.Linear(entries, outward.Weight, outward.Bias);
        ops.Tap(site, entries);
        return entries;
    }

    private static ResidualQuantiser Of(int stages, int before, Func<int, QuantiserStage> stage) => new([.. Enumerable.Range(0, stages).Select(s => stage(s) with
    {
        Codes = new Site($"codebook.{before + s}.codes"),
        Entries = new Site($"codebook.{before + s}"),
    })]);

    private static Projection Project(IWeights weights, int outputs, int inputs) =>
        new(NormedWeight.OrPlain(weights, "weight", normed: false, outputs, inputs, 1), weights.Get("bias", outputs));
}
