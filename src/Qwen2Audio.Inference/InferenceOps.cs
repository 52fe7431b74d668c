using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Activations;
using Qwen2Audio.Numerics.Attention;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Stored;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference;

/// <summary>
/// Operators for inference. Results live in an arena that is released at the end of each layer and by <see cref="Reset"/>; weights
/// are <see cref="InferenceWeight"/>, state is <see cref="SequenceState"/>. Repeating a pass of the same shape allocates nothing.
/// Not thread-safe: several callers take turns, each with its own <see cref="Workspace"/>.
/// </summary>
public sealed partial class InferenceOps : IOps<Matrix>, IDisposable
{
    private readonly WorkerPool _pool;
    private readonly Workspace _own = new();
    private Workspace _work;
    private readonly List<(RopeSpec Spec, RotaryTable Table)> _rotary = [];
    private int _positions;

    /// <summary>Computes on <paramref name="pool"/>, which the caller keeps and disposes.</summary>
    public InferenceOps(WorkerPool pool) => (_pool, _work) = (pool, _own);

    /// <summary>Reads and may replace values inside the model; null by default.</summary>
    public IProbe? Probe
    {
        get => _work.Probe;
        set => _work.Probe = value;
    }

    /// <summary>Ends a pass between two layers with <see cref="OperationCanceledException"/>. Call <see cref="Reset"/> to release its results.</summary>
    public CancellationToken Cancellation
    {
        get => _work.Cancellation;
        set => _work.Cancellation = value;
    }

    /// <summary>Peak size of intermediate results, in float32 elements.</summary>
    public long ArenaCapacity => Arena.Capacity;

    /// <summary>
    /// Releases all results that are not kept. Call it between forward passes: every other matrix from these operators becomes invalid.
    /// </summary>
    public void Reset()
    {
        _jobCount = _storedCount = _adaptedCount = 0; // discards what a failed pass queued
        Arena.Reset(_work.Kept);
    }

    /// <summary>Keeps all current results valid across <see cref="Reset"/>, until the returned object is disposed.</summary>
    public IDisposable Keep() => new KeptResults(this);

    /// <summary>Sizes the tables of <see cref="Rope"/> for this many positions, so that they need not grow during decoding.</summary>
    public void ReservePositions(int positions) => _positions = Math.Max(_positions, positions);

    public Matrix Input(ReadOnlySpan<float> values, int rows, int columns)
    {
        if (values.Length != (long)rows * columns)
            throw new ArgumentException($"{values.Length} values are not {rows} rows of {columns}.", nameof(values));
        var x = Arena.Allocate(rows, columns);
        values.CopyTo(x.Span);
        return x;
    }

    public Matrix Embed(IWeight table, ReadOnlySpan<int> ids)
    {
        var y = Arena.Allocate(ids.Length, table.Shape[1]);
        var own = OfCheckpoint(table);
        (own.RowReplacement ?? own).CopyRows(_pool, ids, y);
        return y;
    }

    public void PutRows(ref Matrix x, ReadOnlySpan<int> rows, Matrix values)
    {
        if (values.Rows != rows.Length || values.Columns != x.Columns)
        {
            throw new ArgumentException(
                $"{values.Rows} × {values.Columns} cannot replace {rows.Length} rows of a {x.Rows} × {x.Columns} matrix.", nameof(values));
        }

        for (var i = 0; i < rows.Length; i++) values.Row(i).CopyTo(x.Row(rows[i]));
    }

    public Matrix TakeRows(Matrix x, ReadOnlySpan<int> rows)
    {
        var y = Arena.Allocate(rows.Length, x.Columns);
        for (var i = 0; i < rows.Length; i++) x.Row(rows[i]).CopyTo(y.Row(i));
        return y;
    }

    public Matrix Linear(Matrix x, IWeight weight, IWeight? bias = null)
    {
        var y = Arena.Allocate(x.Rows, weight.Shape[0]);
        Multiply(x, Kernel(weight), y, bias is null ? default : Own(bias).Plain());
        return y;
    }

    public Matrix RmsNorm(Matrix x, IWeight gain, float eps)
    {
        var y = Arena.Allocate(x.Rows, x.Columns);
        Numerics.Norms.RmsNorm.Forward(_pool, x, Own(gain).Plain(), eps, y, default);
        return y;
    }

    public Matrix LayerNorm(Matrix x, IWeight gain, IWeight bias, float eps, Layout? sequences = null)
    {
        var y = Arena.Allocate(x.Rows, x.Columns);
        if (sequences is not null)
        {
            Pieces(null, x, sequences);
            var mark = Arena.Position;
            SequenceNorm.Forward(_pool, x, sequences.Starts, Own(gain).Plain(), Own(bias).Plain(), eps, y, Arena.Allocate(x.Rows, 2), Arena.Allocate(sequences.Sequences, 2));
            Arena.Release(mark);
            return y;
        }

        Numerics.Norms.LayerNorm.Forward(_pool, x, Own(gain).Plain(), Own(bias).Plain(), eps, y, default, default);
        return y;
    }

    public Matrix Activate(Matrix x, in ActivationSpec spec)
    {
        var y = Arena.Allocate(x.Rows, x.Columns);
        if (spec.Alpha is not null) Snake.Forward(_pool, x, Own(spec.Alpha).Plain(), y);
        else if (spec.Slope is { } slope) LeakyRelu.Forward(_pool, slope, x, y);
        else Elementwise.Forward(_pool, Function(spec.Function), x, y);
        return y;
    }

    public Matrix PairMean(Matrix x, Layout rows)
    {
        var halved = rows.Halved();
        var y = Arena.Allocate(halved.Rows, x.Columns);
        Numerics.Time.PairMean.Forward(_pool, x, rows.Starts, y, halved.Starts);
        return y;
    }

    public void Accumulate(ref Matrix x, Matrix delta, IWeight? scale = null)
    {
        var mark = Arena.Position;
        if (scale is not null)
        {
            var scaled = Arena.Allocate(delta.Rows, delta.Columns);
            Vectors.ColumnScale(_pool, delta, Own(scale).Plain(), scaled);
            delta = scaled;
        }

        Vectors.Add(_pool, delta, x);
        Arena.Release(mark);
    }

    public Matrix Dropout(Matrix x) => x;

    public Matrix Layer<TState>(int index, Matrix x, TState state, LayerBody<Matrix, TState> body)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (_work.Turn is { IsOver: true }) LetOthersIn();
        var mark = Arena.Position;
        return Arena.ReleaseExcept(mark, body(this, x, state));
    }

    public void Tap(Site site, Matrix value)
    {
        if (Probe is { } probe && probe.Wants(site)) probe.Visit(site, value);
    }

    public void Tap(Site site, Span<int> codes, int entries)
    {
        if (Probe is not { } probe || !probe.Wants(site)) return;
        var mark = Arena.Position;
        var column = Arena.Allocate(codes.Length, 1);
        for (var row = 0; row < codes.Length; row++) column.Span[row] = codes[row];
        if (probe.Visit(site, column))
        {
            for (var row = 0; row < codes.Length; row++)
            {
                var code = column.Span[row];
                if (codes[row] < 0 ? code != codes[row] : !(code >= 0 && code < entries && float.IsInteger(code)))
                    throw new InvalidOperationException($"A probe put {code} for code {codes[row]} at row {row} of {site}; allowed: 0…{entries - 1}, and −1 where it is −1.");
                codes[row] = (int)code;
            }
        }

        Arena.Release(mark);
    }

    public void Dispose() => _own.Dispose();

    private void Multiply(Matrix x, InferenceWeight weight, Matrix y, Matrix bias = default)
    {
        if (weight.IsStored) StoredGemm.Multiply(_pool, x, weight.Stored, y, bias: bias);
        else Gemm.Multiply(_pool, x, weight.Packed(_pool), y, bias: bias);
        AddAdapted(x, weight, y, bias);
        RunAdapted();
    }

    private sealed class KeptResults : IDisposable
    {
        private readonly Workspace _work;
        private readonly NativeArena.Mark _before;
        private bool _released;

        public KeptResults(InferenceOps ops)
        {
            (_work, _before) = (ops._work, ops._work.Kept);
            _work.Kept = ops.Arena.Position;
        }

        public void Dispose()
        {
            if (!_released) _work.Kept = _before;
            _released = true;
        }
    }

    // with an adapter's replacement, if it has one
    private static InferenceWeight Own(IWeight weight)
    {
        var own = OfCheckpoint(weight);
        return own.Replacement ?? own;
    }

    private static InferenceWeight OfCheckpoint(IWeight weight) => weight switch
    {
        InferenceWeight own => own,
        QuotientWeight quotient => OfCheckpoint(quotient.Sums).DividedBy(OfCheckpoint(quotient.Counts)),
        _ => throw new ArgumentException($"{weight.Name} is a {weight.GetType().Name}; inference operators need an {nameof(InferenceWeight)}."),
    };

    private static ElementwiseFunction Function(Activation activation) => activation switch
    {
        Activation.Gelu => ElementwiseFunction.Gelu,
        Activation.Silu => ElementwiseFunction.Silu,
        Activation.Relu => ElementwiseFunction.Relu,
        Activation.Elu => ElementwiseFunction.Elu,
        Activation.Tanh => ElementwiseFunction.Tanh,
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation."),
    };
}
