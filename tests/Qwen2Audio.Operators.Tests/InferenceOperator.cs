using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Operators.Tests;

/// <summary>The operators as functions of rows [rows, 24] and their layout.</summary>
internal static class InferenceOperator
{
    public const int Width = 24;
    private const int Inner = 37;
    private static readonly AttentionSpec Heads = new(4, 2, 6, Causal: true);

    /// <summary>Operators whose row depends on that row and its position alone.</summary>
    public static readonly IReadOnlyDictionary<string, Func<InferenceOps, IWeights, Matrix, Layout, Matrix>> RowWise =
        new Dictionary<string, Func<InferenceOps, IWeights, Matrix, Layout, Matrix>>
        {
            ["linear"] = (ops, w, x, _) => ops.Linear(x, w.Get("linear", Inner, Width)),
            ["linear with bias"] = (ops, w, x, _) => ops.Linear(x, w.Get("linear", Inner, Width), w.Get("bias", Inner)),
            ["one column"] = (ops, w, x, _) => ops.Linear(x, w.Get("column", 1, Width)),
            ["queries, keys and values with positions"] = (ops, w, x, rows) => Joined(ops, Projected(ops, w, x, rows)),
            ["gated ffn"] = (ops, w, x, _) => ops.GatedFfn(x, Gated(w.Sub("ffn"))),
            ["mlp"] = (ops, w, x, _) => ops.Mlp(
                x, new MlpWeights(w.Get("fc1", Inner, Width), w.Get("b1", Inner), w.Get("fc2", Width, Inner), w.Get("b2", Width)), Activation.Gelu),
            ["experts and a shared one"] = (ops, w, x, _) => ops.MoeFfn(x, Experts(w, shared: true), new MoeSpec(3, NormaliseTopK: false), out var _),
            ["experts, normalised"] = (ops, w, x, _) => ops.MoeFfn(x, Experts(w, shared: false), new MoeSpec(2, NormaliseTopK: true), out var _),
            ["router"] = (ops, w, x, _) =>
            {
                ops.MoeFfn(x, Experts(w, shared: false), new MoeSpec(2, NormaliseTopK: true), out var logits);
                return logits;
            },
            ["rms norm"] = (ops, w, x, _) => ops.RmsNorm(x, w.Get("gain", Width), 1e-6f),
            ["layer norm"] = (ops, w, x, _) => ops.LayerNorm(x, w.Get("gain", Width), w.Get("bias", Width), 1e-5f),
            ["gelu"] = (ops, _, x, _) => ops.Activate(x, Activation.Gelu),
            ["silu"] = (ops, _, x, _) => ops.Activate(x, Activation.Silu),
            ["relu"] = (ops, _, x, _) => ops.Activate(x, Activation.Relu),
        };

    /// <summary>Operators whose rows depend on the other rows of their sequence.</summary>
    public static readonly IReadOnlyDictionary<string, Func<InferenceOps, IWeights, Matrix, Layout, Matrix>> SequenceWise =
        new Dictionary<string, Func<InferenceOps, IWeights, Matrix, Layout, Matrix>>
        {
            ["causal attention"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads),
            ["windowed attention"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads with { Window = 3 }),
            ["attention both ways"] = (ops, w, x, rows) => Attend(ops, w, x, rows, Heads with { Causal = false }),
            ["convolution"] = (ops, w, x, rows) =>
                ops.Conv1d(x, w.Get("conv", 11, Width, 3), w.Get("conv bias", 11), new ConvSpec(3, 1, 1, 1, 1), rows),
            ["convolution in steps of two"] = (ops, w, x, rows) =>
                ops.Conv1d(x, w.Get("conv", 11, Width, 3), null, new ConvSpec(3, 2, 1, 1, 1), rows),
            ["depthwise convolution"] = (ops, w, x, rows) =>
                ops.Conv1d(x, w.Get("depthwise", Width, 1, 5), w.Get("bias", Width), new ConvSpec(5, 1, Width, 2, 2), rows),
            ["pair mean"] = (ops, _, x, rows) => ops.PairMean(x, rows),
        };

    public static IEnumerable<KeyValuePair<string, Func<InferenceOps, IWeights, Matrix, Layout, Matrix>>> All => RowWise.Concat(SequenceWise);

    public static float[] Random(int rows, float scale, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows * Width).Select(_ => scale * InferenceWeights.Normal(random))];
    }

    public static (Matrix Q, Matrix K, Matrix V) Projected(InferenceOps ops, IWeights w, Matrix x, Layout rows)
    {
        var weights = new QkvWeights(
            w.Get("q", 24, Width), w.Get("k", 12, Width), w.Get("v", 12, Width), w.Get("q bias", 24), w.Get("k bias", 12), w.Get("v bias", 12));
        ops.Qkv(x, weights, out var q, out var k, out var v);
        ops.Rope(ref q, ref k, new RopeSpec(6, 10_000), rows);
        return (q, k, v);
    }

    private static Matrix Attend(InferenceOps ops, IWeights w, Matrix x, Layout rows, AttentionSpec spec)
    {
        var (q, k, v) = Projected(ops, w, x, rows);
        return ops.Attention(q, k, v, spec, rows);
    }

    private static Matrix Joined(InferenceOps ops, (Matrix Q, Matrix K, Matrix V) parts)
    {
        var joined = ops.Input(new float[parts.Q.Rows * 48], parts.Q.Rows, 48);
        joined.ColumnRange(0, 24).CopyFrom(parts.Q);
        joined.ColumnRange(24, 12).CopyFrom(parts.K);
        joined.ColumnRange(36, 12).CopyFrom(parts.V);
        return joined;
    }

    private static GatedFfnWeights Gated(IWeights w) =>
        new(w.Get("gate", Inner, Width), w.Get("up", Inner, Width), w.Get("down", Width, Inner));

    private static MoeWeights Experts(IWeights w, bool shared) => new(
        w.Get("router", 5, Width), [.. Enumerable.Range(0, 5).Select(e => Gated(w.Sub($"experts.{e}")))],
        shared ? Gated(w.Sub("shared")) : null, shared ? w.Get("shared gate", 1, Width) : null);
}
