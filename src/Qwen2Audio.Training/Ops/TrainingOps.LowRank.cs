using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    /// <summary>y += scaling · B(A x), with dropout on x if the adapter has it. Returns what the backward pass needs.</summary>
    private LowRankValues? AddLowRank(LowRank? adapter, Matrix x, Matrix y)
    {
        if (adapter is null || x.Rows == 0) return null;
        var (input, seed) = (x, 0ul);
        if (adapter.Dropout > 0 && Records) // no dropout without recording
        {
            seed = NextDropoutSeed();
            input = _arena.Allocate(x.Rows, x.Columns);
            Numerics.Activations.Dropout.Apply(Pool, x, adapter.Dropout, seed, input);
        }

        var inner = _arena.Allocate(x.Rows, adapter.A.Rows);
        Gemm.Multiply(Pool, input, false, adapter.A.Value, true, inner);
        Vectors.Scale(Pool, adapter.Scaling, inner);
        Gemm.Multiply(Pool, inner, false, adapter.B.Value, true, y, accumulate: true);
        return new LowRankValues(adapter, input, inner, seed);
    }

    /// <summary>Adds the gradients of A, of B and, unless <paramref name="dx"/> is null, of x.</summary>
    private void LowRankBackward(LowRankValues? values, Matrix dy, Matrix dx)
    {
        if (values is not { } known) return;
        var (adapter, input, inner, seed) = known;
        var mark = _arena.Position;
        var dInner = _arena.Allocate(inner.Rows, inner.Columns);
        Gemm.Multiply(Pool, dy, false, adapter.B.Value, false, dInner);
        Vectors.Scale(Pool, adapter.Scaling, dInner);
        if (adapter.B.Trained) Gemm.Multiply(Pool, dy, true, inner, false, adapter.B.Gradient, accumulate: true);
        if (adapter.A.Trained) Gemm.Multiply(Pool, dInner, true, input, false, adapter.A.Gradient, accumulate: true);
        if (!dx.IsNull && adapter.Dropout <= 0) Gemm.Multiply(Pool, dInner, false, adapter.A.Value, false, dx, accumulate: true);
        else if (!dx.IsNull)
        {
            var dInput = _arena.Allocate(dx.Rows, dx.Columns);
            Gemm.Multiply(Pool, dInner, false, adapter.A.Value, false, dInput);
            Numerics.Activations.Dropout.Apply(Pool, dInput, adapter.Dropout, seed, dInput);
            Vectors.Add(Pool, dInput, dx);
        }

        _arena.Release(mark);
    }

    /// <summary>Values of one use of an adapter: x after dropout, and scaling · A x.</summary>
    private readonly record struct LowRankValues(LowRank Adapter, Matrix Input, Matrix Inner, ulong Seed);
}
