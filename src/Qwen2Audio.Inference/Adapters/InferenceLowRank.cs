using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference.Adapters;

/// <summary>
/// An adapter's addition to the products of one weight W: scaling · B(A x), read and packed on first use, with the scaling folded into B.
/// With DoRA (arXiv 2402.09353) the rows of W + scaling · B·A get the stored norms m: y = m / ‖W + scaling · B·A‖ · (W x + scaling · B(A x)).
/// </summary>
internal sealed class InferenceLowRank : IDisposable
{
    private const int NumbersAtOnce = 1 << 22;
    private readonly LoraTarget _target;
    private readonly ITensorSource _adapter;
    private readonly Action<Span<float>, long> _readBase;
    private readonly InferenceWeight _a;
    private readonly InferenceWeight _b;
    private float[]? _rowFactors;

    /// <summary>An adapter for the weight that <paramref name="readBase"/> reads: elements from an offset on, row-major.</summary>
    public InferenceLowRank(LoraTarget target, ITensorSource adapter, Action<Span<float>, long> readBase)
    {
        (_target, _adapter, _readBase) = (target, adapter, readBase);
        _a = new InferenceWeight(target.NameOfA, [target.Rank, target.In], matrix => adapter.ReadFloats(target.NameOfA, matrix.Span, 0));
        _b = new InferenceWeight(target.NameOfB, [target.Out, target.Rank], matrix => ReadB(matrix));
    }

    /// <summary>The rank r.</summary>
    public int Rank => _target.Rank;

    /// <summary>A, packed as the right operand of x · Aᵀ.</summary>
    public PackedMatrix A(WorkerPool pool) => _a.Packed(pool);

    /// <summary>scaling · B, packed as the right operand of (x · Aᵀ) · Bᵀ, times <see cref="RowFactors"/> with DoRA.</summary>
    public PackedMatrix B(WorkerPool pool)
    {
        _ = RowFactors(pool);
        return _b.Packed(pool);
    }

    /// <summary>The factor for each element of W x; null without DoRA.</summary>
    public float[]? RowFactors(WorkerPool pool) => _target.Magnitude is null ? null : _rowFactors ??= ReadRowFactors(pool);

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    private void ReadB(Matrix matrix)
    {
        _adapter.ReadFloats(_target.NameOfB, matrix.Span, 0);
        foreach (ref var number in matrix.Span) number = (float)(number * _target.Scaling);
        for (var i = 0; i < matrix.Rows && _rowFactors is { } factors; i++)
            foreach (ref var number in matrix.Row(i)) number *= factors[i];
    }

    private float[] ReadRowFactors(WorkerPool pool)
    {
        var factors = _adapter.ReadFloats(_target.Magnitude!);
        var step = Math.Clamp(NumbersAtOnce / _target.In, 1, _target.Out);
        using var ab = new NativeBuffer(checked((long)_target.Rank * (_target.In + _target.Out)));
        using var sums = new NativeBuffer((long)step * (_target.In + 1));
        var a = ab.Matrix(_target.Rank, _target.In);
        var b = ab.Matrix(_target.Out, _target.Rank, (long)_target.Rank * _target.In);
        _adapter.ReadFloats(_target.NameOfA, a.Span, 0);
        ReadB(b);
        for (var row = 0; row < _target.Out; row += step)
        {
            var rows = sums.Matrix(Math.Min(step, _target.Out - row), _target.In);
            _readBase(rows.Span, (long)row * _target.In);
            Gemm.Multiply(pool, b.RowRange(row, rows.Rows), false, a, false, rows, accumulate: true);
            var squares = sums.Matrix(rows.Rows, 1, (long)step * _target.In);
            Vectors.RowDots(pool, rows, rows, squares);
            for (var i = 0; i < rows.Rows; i++) factors[row + i] /= MathF.Sqrt(squares.Span[i]);
        }

        return factors;
    }
}
