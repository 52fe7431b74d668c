using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Outputs and all gradients of the training operators compared with fixtures/operators.</summary>
public sealed class TrainingOpsReferenceTests : IDisposable
{
    private static readonly string[] Names =
    [
        "linear", "embedding", "rmsnorm", "layernorm", "rope", "attention", "swiglu_ffn", "gelu_mlp", "moe", "average_pool",
        "cross_entropy", "logit_z_loss", "conv1d", "conv_transpose1d", "lstm", "elu", "snake",
    ];

    private readonly WorkerPool _pool = new(2);

    public static TheoryData<string, int> Cases() => OperatorCase.Cases(Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Output_and_gradients_are_the_references(string name, int index)
    {
        Assert.SkipWhen(index < 0, Fixtures.MissingReason("operators"));
        using var recorded = OperatorCase.Open(name, index, _pool);
        switch (name)
        {
            case "linear": Simple(recorded, "x", Weights.Linear); break;
            case "rmsnorm": Simple(recorded, "x", Weights.RmsNorm); break;
            case "layernorm": Simple(recorded, "x", Weights.LayerNorm); break;
            case "swiglu_ffn": Simple(recorded, "x", Weights.SwiGlu); break;
            case "gelu_mlp": Simple(recorded, "x", Weights.GeluMlp); break;
            case "embedding": Embedding(recorded); break;
            case "rope": Rope(recorded); break;
            case "attention": Attention(recorded); break;
            case "moe": Experts(recorded); break;
            case "average_pool": AveragePool(recorded); break;
            case "cross_entropy": CrossEntropy(recorded); break;
            case "logit_z_loss": LogitZ(recorded); break;
            case "elu": Simple(recorded, "x", Weights.Elu); break;
            case "conv1d": ConvolutionCase.Convolution(recorded); break;
            case "conv_transpose1d": ConvolutionCase.Transposed(recorded); break;
            case "lstm": ConvolutionCase.Lstm(recorded); break;
            case "snake": ConvolutionCase.Snake(recorded); break;
            default: Assert.Fail(name); break;
        }
    }

    public void Dispose() => _pool.Dispose();

    private static void Simple(OperatorCase recorded, string input, Func<OperatorCase, Func<Variable, Variable>> build)
    {
        var run = build(recorded);
        recorded.FillParameters();
        var x = recorded.Input(input);
        var y = run(x);
        recorded.SeedFrom("y", y);
        recorded.Ops.Backward();
        recorded.CheckOutput("y", y.Value);
        recorded.CheckGradient(input, x);
        recorded.CheckParameterGradients();
    }

    private static void Embedding(OperatorCase recorded)
    {
        var table = recorded.Weight("weight");
        recorded.FillParameters();
        var y = recorded.Ops.Embed(table, recorded.Integers("ids"));
        recorded.SeedFrom("y", y);
        recorded.Ops.Backward();
        recorded.CheckOutput("y", y.Value);
        recorded.CheckParameterGradients();
    }

    private static void Rope(OperatorCase recorded)
    {
        var positions = recorded.Integers("positions");
        var rows = Layout.Continuing([.. positions.Select(_ => 1)], positions);
        var (inputQ, inputK) = (recorded.Input("q"), recorded.Input("k"));
        var (q, k) = (inputQ, inputK);
        var spec = new RopeSpec(recorded.Shape("q")[2], recorded.Settings.GetProperty("theta").GetDouble());
        recorded.Ops.Rope(ref q, ref k, spec, rows);
        recorded.CheckOutput("q", q.Value);
        recorded.CheckOutput("k", k.Value);
        recorded.SeedFrom("q", q);
        recorded.SeedFrom("k", k);
        recorded.Ops.Backward();
        recorded.CheckGradient("q", inputQ);
        recorded.CheckGradient("k", inputK);
    }

    private static void Attention(OperatorCase recorded)
    {
        var (qShape, kShape) = (recorded.Shape("q"), recorded.Shape("k"));
        var kind = recorded.Settings.GetProperty("kind").GetString();
        var window = kind == "sliding_window" ? recorded.Settings.GetProperty("window").GetInt32() : 0;
        var offset = recorded.Settings.TryGetProperty("offset", out var found) ? found.GetInt32() : 0;
        var spec = new AttentionSpec(qShape[1], kShape[1], qShape[2], Causal: kind != "cross", window);
        int[] lengths = kind == "packed"
            ? [.. recorded.Integers("document").GroupBy(document => document).Select(group => group.Count())] : [qShape[0]];
        var rows = kind == "packed" ? Layout.Of(lengths) : Layout.Continuing(lengths, [offset]);
        var keys = kind == "packed" ? rows : Layout.Of(kShape[0]);
        var (q, k, v) = (recorded.Input("q"), recorded.Input("k"), recorded.Input("v"));
        var y = recorded.Ops.Attention(q, k, v, spec, rows, keyRows: keys);
        recorded.SeedFrom("y", y);
        recorded.Ops.Backward();
        recorded.CheckOutput("y", y.Value);
        recorded.CheckGradient("q", q);
        recorded.CheckGradient("k", k);
        recorded.CheckGradient("v", v);
    }

    private static void Experts(OperatorCase recorded)
    {
        var count = recorded.Settings.GetProperty("num_experts").GetInt32();
        var shared = recorded.Settings.GetProperty("shared_expert").GetBoolean();
        var weights = new MoeWeights(
            recorded.Weight("gate.weight"),
            [.. Enumerable.Range(0, count).Select(e => Weights.Gated(recorded, $"experts.{e}."))],
            shared ? Weights.Gated(recorded, "shared_expert.") : null,
            shared ? recorded.Weight("shared_expert_gate.weight") : null);
        recorded.FillParameters();
        var x = recorded.Input("x");
        var spec = new MoeSpec(
            recorded.Settings.GetProperty("num_experts_per_tok").GetInt32(), recorded.Settings.GetProperty("norm_topk_prob").GetBoolean());
        var y = recorded.Ops.MoeFfn(x, weights, spec);
        byte[] valid = [.. recorded.Bytes("valid")];
        var upstream = (Balance: recorded.Floats("upstream.balance_loss")[0], Z: recorded.Floats("upstream.z_loss")[0]);
        var balance = RouterLosses.AddBalance(recorded.Ops, recorded.Ops.RoutedLayers, valid, upstream.Balance);
        var z = RouterLosses.AddZ(recorded.Ops, recorded.Ops.RoutedLayers[0].Logits, valid, upstream.Z);
        Assert.Equal(recorded.Integers("out.selected_experts"), recorded.Ops.RoutedLayers[0].Routing.Chosen.ToArray());
        recorded.SeedFrom("y", y);
        recorded.Ops.Backward();
        recorded.CheckOutput("y", y.Value);
        recorded.CheckOutput("balance_loss", balance);
        recorded.CheckOutput("z_loss", z);
        recorded.CheckGradient("x", x);
        recorded.CheckParameterGradients();
    }

    private static void AveragePool(OperatorCase recorded)
    {
        // Recorded as [batch, channels, time]; here rows are times.
        var shape = recorded.Shape("x");
        var time = shape[^1];
        var others = recorded.Floats("x").Length / time;
        var rows = Layout.Of(time);
        var x = recorded.Ops.InputWithGradient(Transpose.Of(recorded.Floats("x"), others, time), time, others);
        var y = recorded.Ops.PairMean(x, rows);
        recorded.CheckOutput("y", Transpose.Of(y.Value.Span, time / 2, others));
        using var buffer = new NativeBuffer(y.Value.Length);
        var seed = buffer.Matrix(y.Value.Rows, y.Value.Columns);
        Transpose.Of(recorded.Floats("upstream.y"), others, time / 2).CopyTo(seed.Span);
        recorded.Ops.Seed(y, seed);
        recorded.Ops.Backward();
        recorded.CheckGradient("x", Transpose.Of(x.Gradient.Span, time, others));
    }

    private static void CrossEntropy(OperatorCase recorded)
    {
        var logits = recorded.Input("logits");
        var smoothing = recorded.Settings.GetProperty("label_smoothing").GetSingle();
        var loss = CrossEntropyLoss.Add(
            recorded.Ops, logits, recorded.Integers("targets"), recorded.Floats("token_weights"), smoothing,
            recorded.Floats("upstream.loss")[0]);
        recorded.CheckOutput("loss", loss);
        recorded.CheckGradient("logits", logits);
    }

    private static void LogitZ(OperatorCase recorded)
    {
        var logits = recorded.Input("logits");
        var loss = RouterLosses.AddZ(recorded.Ops, logits, [.. recorded.Bytes("valid")], recorded.Floats("upstream.loss")[0]);
        recorded.CheckOutput("loss", loss);
        recorded.CheckGradient("logits", logits);
    }
}
