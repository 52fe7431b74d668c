namespace Qwen2Audio.Operators.Tests;

/// <summary>One operator as a function of rows [rows, 24] and their layout.</summary>
internal delegate T Operator<T>(IOps<T> ops, IWeights weights, T x, Layout rows);

/// <summary>One operator that takes sequences in pieces.</summary>
internal delegate T StatefulOperator<T>(IOps<T> ops, IWeights weights, T x, Layout rows, IState? state);

/// <summary>Names of the operators under test, and their test values.</summary>
internal static class OperatorsUnderTest
{
    public const int Width = 24;

    public static IReadOnlyList<string> RowWise { get; } = [.. OperatorsUnderTest<object>.RowWise.Keys];

    public static IReadOnlyList<string> SequenceWise { get; } = [.. OperatorsUnderTest<object>.SequenceWise.Keys];

    public static IEnumerable<string> Stateful => OperatorsUnderTest<object>.Stateful.Keys;

    public static IEnumerable<string> All => RowWise.Concat(SequenceWise);

    public static float[] Random(int rows, float scale, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows * Width).Select(_ => scale * InferenceWeights.Normal(random))];
    }
}

/// <summary>Every operator of <see cref="IOps{T}"/>, written once for all operator sets.</summary>
internal static class OperatorsUnderTest<T>
{
    private const int Width = OperatorsUnderTest.Width;
    private const int Inner = 37;
    private static readonly AttentionSpec Heads = new(4, 2, 6, Causal: true);

    /// <summary>Operators whose output row depends only on that row and its position.</summary>
    public static readonly IReadOnlyDictionary<string, Operator<T>> RowWise = new Dictionary<string, Operator<T>>
    {
        ["linear"] = (ops, w, x, _) => ops.Linear(x, w.Get("linear", Inner, Width)),
        ["linear with bias"] = (ops, w, x, _) => ops.Linear(x, w.Get("linear", Inner, Width), w.Get("bias", Inner)),
        ["one column"] = (ops, w, x, _) => ops.Linear(x, w.Get("column", 1, Width)),
        ["queries with positions"] = (ops, w, x, rows) => Projected(ops, w, x, rows).Q,
        ["keys with positions"] = (ops, w, x, rows) => Projected(ops, w, x, rows).K,
        ["values"] = (ops, w, x, rows) => Projected(ops, w, x, rows).V,
        ["gated ffn"] = (ops, w, x, _) => ops.GatedFfn(x, Gated(w.Sub("ffn"))),
        ["mlp"] = (ops, w, x, _) => ops.Mlp(
            x, new MlpWeights(w.Get("fc1", Inner, Width), w.Get("b1", Inner), w.Get("fc2", Width, Inner), w.Get("b2", Width)), Activation.Gelu),
        ["mlp without bias"] = (ops, w, x, _) =>
            ops.Mlp(x, new MlpWeights(w.Get("fc1", Inner, Width), null, w.Get("fc2", Width, Inner), null), Activation.Gelu),
        ["experts and a shared one"] = (ops, w, x, _) => ops.MoeFfn(x, Experts(w, shared: true), new MoeSpec(3, NormaliseTopK: false)),
        ["experts, normalised"] = (ops, w, x, _) => ops.MoeFfn(x, Experts(w, shared: false), new MoeSpec(2, NormaliseTopK: true)),
        ["rms norm"] = (ops, w, x, _) => ops.RmsNorm(x, w.Get("gain", Width), 1e-6f),
        ["layer norm"] = (ops, w, x, _) => ops.LayerNorm(x, w.Get("gain", Width), w.Get("norm bias", Width), 1e-5f),
        ["gelu"] = (ops, _, x, _) => ops.Activate(x, Activation.Gelu),
        ["silu"] = (ops, _, x, _) => ops.Activate(x, Activation.Silu),
        ["relu"] = (ops, _, x, _) => ops.Activate(x, Activation.Relu),
        ["elu"] = (ops, _, x, _) => ops.Activate(x, Activation.Elu),
        ["tanh"] = (ops, _, x, _) => ops.Activate(x, Activation.Tanh),
        ["leaky relu"] = (ops, _, x, _) => ops.Activate(x, ActivationSpec.LeakyRelu(0.1f)),
        ["snake"] = (ops, w, x, _) => ops.Activate(x, ActivationSpec.Snake(w.Get("alpha", Width))),
        ["residual"] = (ops, w, x, _) =>
        {
            var sum = ops.Linear(x, w.Get("square", Width, Width));
            ops.Accumulate(ref sum, x);
            return sum;
        },
        ["residual, scaled by channel"] = (ops, w, x, _) =>
        {
            var sum = ops.Linear(x, w.Get("square", Width, Width));
            ops.Accumulate(ref sum, x, w.Get("layer scale", Width));
            return sum;
        },
        ["dropout that drops nothing"] = (ops, w, x, _) => ops.Dropout(ops.Linear(x, w.Get("square", Width, Width))),
    };

    /// <summary>Operators that take sequences in pieces.</summary>
    public static readonly IReadOnlyDictionary<string, StatefulOperator<T>> Stateful = new Dictionary<string, StatefulOperator<T>>
    {
        ["convolution"] = (ops, w, x, rows, state) =>
            ops.Conv1d(x, w.Get("conv", 11, Width, 3), w.Get("conv bias", 11), new ConvSpec(3, 1, 1, 1, 1), rows, state),
        ["convolution in steps of two"] = (ops, w, x, rows, state) =>
            ops.Conv1d(x, w.Get("conv", 11, Width, 3), null, new ConvSpec(3, 2, 1, 1, 1), rows, state),
        ["depthwise convolution"] = (ops, w, x, rows, state) =>
            ops.Conv1d(x, w.Get("depthwise", Width, 1, 5), w.Get("depthwise bias", Width), new ConvSpec(5, 1, Width, 2, 2), rows, state),
        ["causal convolution, mirrored"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("conv 7", 5, Width, 7), w.Get("conv 7 bias", 5), ConvSpec.Framed(7, dilation: 3, mode: PadMode.Reflect), rows, state),
        ["convolution in steps, mirrored on both sides"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("conv 5", 7, Width, 5), w.Get("conv 5 bias", 7), ConvSpec.Framed(5, 3, 2, causal: false, mode: PadMode.Reflect), rows, state),
        ["causal convolution, its edge repeated"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("conv 4", 5, Width, 4), w.Get("conv 4 bias", 5), ConvSpec.Framed(4, 2, mode: PadMode.Replicate), rows, state),
        ["convolution, its edges repeated"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("conv 5", 7, Width, 5), null, ConvSpec.Framed(5, 3, 2, causal: false, mode: PadMode.Replicate), rows, state),
        ["convolution in groups"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("conv groups", 9, Width / 3, 4), w.Get("conv groups bias", 9), ConvSpec.Framed(4, 2, groups: 3, causal: false), rows, state),
        ["convolution that leaves rows out"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("conv 2", 5, Width, 2), null, new ConvSpec(2, 5, 1, 0, 1), rows, state),
        ["depthwise convolution, dilated"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("depthwise 3", Width, 1, 3), null, ConvSpec.Framed(3, 1, 2, Width), rows, state),
        ["depthwise convolution, mirrored"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("depthwise 4", Width, 1, 4), null, ConvSpec.Framed(4, 2, groups: Width, mode: PadMode.Reflect), rows, state),
        ["depthwise convolution in chunks"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("depthwise", Width, 1, 5), w.Get("depthwise bias", Width), new ConvSpec(5, 1, Width, 2, 2, Chunk: 3), rows, state),
        ["convolution in chunks of one"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, w.Get("conv", 11, Width, 3), w.Get("conv bias", 11), new ConvSpec(3, 1, 1, 1, 1, Chunk: 1), rows, state),
        ["convolution with weight norm"] = (ops, w, x, rows, state) => ops.Conv1d(
            x, NormedWeight.Of(w, "normed", 6, Width, 3), w.Get("normed bias", 6), ConvSpec.Even(3, 2), rows, state),
        ["transposed convolution"] = (ops, w, x, rows, state) => ops.ConvTranspose1d(
            x, w.Get("up", Width, 5, 6), w.Get("up bias", 5), TransposedConvSpec.Framed(6, 3), rows, state),
        ["transposed convolution in groups"] = (ops, w, x, rows, state) => ops.ConvTranspose1d(
            x, w.Get("up groups", Width, 3, 5), null, TransposedConvSpec.Framed(5, 2, 4, trimRightRatio: 0.5), rows, state),
        ["transposed convolution, cut at the end"] = (ops, w, x, rows, state) => ops.ConvTranspose1d(
            x, w.Get("up 2", Width, 5, 2), w.Get("up bias", 5), new TransposedConvSpec(2, 3, 1, 2, 1), rows, state),
        ["transposed convolution with weight norm"] = (ops, w, x, rows, state) => ops.ConvTranspose1d(
            x, NormedWeight.Of(w, "normed up", Width, 4, 6), w.Get("normed up bias", 4), TransposedConvSpec.Even(6, 3), rows, state),
        ["mel features of frames"] = (ops, w, x, rows, state) =>
            ops.Analyse(Sound(ops, w, x), new AnalysisSpec(16000, 8, 2, 2, 3, 0), rows, state),
        ["spectrum of frames"] = (ops, w, x, rows, state) =>
            ops.Analyse(Sound(ops, w, x), new AnalysisSpec(16000, 9, 3, 1, 0, 4), rows, state),
        ["sound of spectra"] = (ops, w, x, rows, state) =>
            ops.Synthesise(ops.Linear(x, w.Get("spectra", 14, Width)), new SynthesisSpec(12, 8), rows, state),
        ["sound of spectra, frames without an end"] = (ops, w, x, rows, state) =>
            ops.Synthesise(ops.Linear(x, w.Get("spectra 7", 8, Width)), new SynthesisSpec(7, 5), rows, state),
        ["lstm"] = (ops, w, x, rows, state) => ops.Lstm(x, [Recurrent(w, 0)], rows, state),
        ["two lstm layers"] = (ops, w, x, rows, state) => ops.Lstm(x, [Recurrent(w, 0), Recurrent(w, 1)], rows, state),
    };

    /// <summary>Operators whose rows depend on the other rows of their sequence.</summary>
    public static readonly IReadOnlyDictionary<string, Operator<T>> SequenceWise = new Dictionary<string, Operator<T>>(Stateful.Select(
        stateful => KeyValuePair.Create<string, Operator<T>>(stateful.Key, (ops, w, x, rows) => stateful.Value(ops, w, x, rows, null))))
    {
        ["causal attention"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads),
        ["windowed attention"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads with { Window = 3 }),
        ["attention in chunks"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads with { Chunk = 3 }),
        ["windowed attention in chunks"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads with { Window = 2, Chunk = 4 }),
        ["attention both ways"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads with { Causal = false }),
        ["layer norm over sequences"] = (ops, w, x, rows) => ops.LayerNorm(x, w.Get("gain", Width), w.Get("norm bias", Width), 1e-5f, rows),
        ["pair mean"] = (ops, _, x, rows) => ops.PairMean(x, rows),
    };

    public static Operator<T> Of(string name) => RowWise.TryGetValue(name, out var found) ? found : SequenceWise[name];

    public static (T Q, T K, T V) Projected(IOps<T> ops, IWeights w, T x, Layout rows)
    {
        var weights = new QkvWeights(
            w.Get("q", 24, Width), w.Get("k", 12, Width), w.Get("v", 12, Width), w.Get("q bias", 24), w.Get("k bias", 12), w.Get("v bias", 12));
        ops.Qkv(x, weights, out var q, out var k, out var v);
        ops.Rope(ref q, ref k, new RopeSpec(6, 10_000), rows);
        return (q, k, v);
    }

    private static T Attend(IOps<T> ops, IWeights w, T x, Layout rows, AttentionSpec spec)
    {
        var (q, k, v) = Projected(ops, w, x, rows);
        return ops.Attention(q, k, v, spec, rows);
    }

    private static T Sound(IOps<T> ops, IWeights w, T x) => ops.Linear(x, w.Get("column", 1, Width));

    private static LstmLayerWeights Recurrent(IWeights w, int layer) => new(
        w.Get($"lstm ih {layer}", 4 * Width, Width), w.Get($"lstm hh {layer}", 4 * Width, Width),
        w.Get($"lstm ih bias {layer}", 4 * Width), w.Get($"lstm hh bias {layer}", 4 * Width));

    private static GatedFfnWeights Gated(IWeights w) =>
        new(w.Get("gate", Inner, Width), w.Get("up", Inner, Width), w.Get("down", Width, Inner));

    private static MoeWeights Experts(IWeights w, bool shared) => new(
        w.Get("router", 5, Width), [.. Enumerable.Range(0, 5).Select(e => Gated(w.Sub($"experts.{e}")))],
        shared ? Gated(w.Sub("shared")) : null, shared ? w.Get("shared gate", 1, Width) : null);
}
