using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Arena memory of layers, forms of weights, the state, and checkpoints that do not fit.</summary>
public sealed class InferenceOpsMemoryTests : IDisposable
{
    private readonly WorkerPool _pool = new(2);
    private readonly InferenceOps _ops;

    public InferenceOpsMemoryTests() => _ops = new InferenceOps(_pool);

    public void Dispose()
    {
        _ops.Dispose();
        _pool.Dispose();
    }

    [Theory, InlineData(3), InlineData(40_000)]
    public void OnlyTheResultOfALayerSurvivesIt(int rows)
    {
        var values = Enumerable.Range(0, rows * 40).Select(i => (float)i).ToArray();
        var before = _ops.Input([1, 2], 1, 2);
        for (var layer = 0; layer < 40; layer++)
        {
            var result = _ops.Layer(layer, before, (values, rows), static (ops, _, on) =>
            {
                var other = ops.Activate(ops.Input(on.values, on.rows, 40), Activation.Relu);
                return ops.Activate(other, Activation.Relu);
            });
            Assert.Equal(values, result.Span.ToArray());
            result = _ops.Layer(layer, result, 0, static (ops, x, _) =>
            {
                ops.Activate(x, Activation.Relu);
                ops.Accumulate(ref x, x);
                return x;
            });
            Assert.Equal(2 * values[^1], result.Span[^1]);
        }

        Assert.Equal([1, 2], before.Span.ToArray());
        Assert.InRange(_ops.ArenaCapacity, 0, 2 * (1 << 20) + 50L * rows * 40); // of 120 results
    }

    [Fact]
    public void ATableThatIsAlsoAHeadKeepsItsRows()
    {
        using var weights = new InferenceWeights();
        var table = weights.Get("table", 19, 24);
        var before = _ops.Embed(table, [18, 0, 18]).Span.ToArray();
        var x = _ops.Input(OperatorsUnderTest.Random(2, 1), 2, 24);
        _ops.Linear(x, table);
        var bytes = ((InferenceWeight)table).Bytes;
        Assert.Equal(before, _ops.Embed(table, [18, 0, 18]).Span.ToArray());
        Assert.Equal(bytes, ((InferenceWeight)table).Bytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ops.Embed(table, [19]));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ops.Embed(table, [-1]));
    }

    [Fact]
    public void PutRowsAndTakeRowsAreInverse()
    {
        var x = _ops.Input(new float[5 * 24], 5, 24);
        var values = _ops.Input(OperatorsUnderTest.Random(2, 1), 2, 24);
        _ops.PutRows(ref x, [4, 1], values);
        Assert.Equal(values.Span.ToArray(), _ops.TakeRows(x, [4, 1]).Span.ToArray());
        Assert.All(x.Row(0).ToArray(), number => Assert.Equal(0, number));
        Assert.Throws<ArgumentException>(() => _ops.PutRows(ref x, [1], values));
    }

    [Fact]
    public void ACacheRefusesWhatItCannotHold()
    {
        using var state = new SequenceState(slots: 1, capacity: 4);
        using var weights = new InferenceWeights();
        var spec = new AttentionSpec(4, 2, 6, Causal: true);
        _ops.Lstm(_ops.Input(new float[24], 1, 24), [], Layout.Of(1), state, stateIndex: 2);
        foreach (var (rows, layer) in new[] { (Layout.Of(5), 0), (Layout.Of(2), -1), (Layout.Of(1, 1), 0), (Layout.Continuing([2], [3]), 1), (Layout.Of(2), 2) })
        {
            var x = _ops.Input(OperatorsUnderTest.Random(rows.Rows, 1), rows.Rows, 24);
            var (q, k, v) = OperatorsUnderTest<Matrix>.Projected(_ops, weights, x, rows);
            Assert.ThrowsAny<ArgumentException>(() => _ops.Attention(q, k, v, spec, rows, state, layer));
        }

        using var endless = new SequenceState(slots: 1);
        var one = _ops.Input(new float[24], 1, 24);
        var (query, key, value) = OperatorsUnderTest<Matrix>.Projected(_ops, weights, one, Layout.Of(1));
        Assert.Throws<ArgumentException>(() => _ops.Attention(query, key, value, spec, Layout.Of(1), endless));
    }

    [Fact]
    public void EverythingMissingOrMisshapedIsNamedAtOnce()
    {
        var source = new Tensors();
        using var weights = new CheckpointWeights(source);
        _ = new Qwen2Model(InferenceWeights.Config(), weights);
        var error = Assert.Throws<CheckpointException>(weights.ThrowIfIncomplete);
        Assert.Equal(1 + 3 * 12 + 1, error.ProblemCount);
        Assert.Contains(error.Problems, p => p.Place == "tensor \"model.embed_tokens.weight\"" && p.Allowed == "shape [67, 24]");
        Assert.Contains(error.Problems, p => p.Place == "tensor \"model.layers.2.mlp.down_proj.weight\"");
    }

    /// <summary>A checkpoint without tensors.</summary>
    private sealed class Tensors : ITensorSource
    {
        public string Path => "empty";

        IReadOnlyDictionary<string, TensorInfo> ITensorSource.Tensors { get; } = new Dictionary<string, TensorInfo>();

        public void ReadFloats(string name, Span<float> destination, long start) => throw new InvalidOperationException(name);

        public void ReadBytes(string name, Span<byte> destination, long start) => throw new InvalidOperationException(name);

        public MappedBytes Map(string name) => throw new InvalidOperationException(name);
    }
}
