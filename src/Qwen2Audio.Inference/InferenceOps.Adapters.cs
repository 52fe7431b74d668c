using Qwen2Audio.Inference.Adapters;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private AdaptedProduct[] _adapted = new AdaptedProduct[8];
    private int _adaptedCount;

    /// <summary>Queues the adapter of a weight, if it has one, to be added to y once y holds the weight's product plus bias.</summary>
    private void AddAdapted(Matrix x, InferenceWeight weight, Matrix y, Matrix bias)
    {
        if (weight.Adapter is not { } adapter) return;
        if (_adaptedCount == _adapted.Length) Array.Resize(ref _adapted, 2 * _adaptedCount);
        _adapted[_adaptedCount++] = new AdaptedProduct(x, adapter, y, bias);
    }

    /// <summary>y += scaling · B(A x) for each queued adapter. Rows with adapted norms (DoRA) are first rescaled, without the bias.</summary>
    private void RunAdapted()
    {
        var count = _adaptedCount;
        if (count == 0) return;
        _adaptedCount = 0;
        var mark = Arena.Position;
        if (_jobs.Length < count) Array.Resize(ref _jobs, count);
        for (var i = 0; i < count; i++)
        {
            ref readonly var product = ref _adapted[i];
            if (product.Adapter.RowFactors(_pool) is { } lengths) Lengthen(product.Y, product.Bias, lengths);
            _jobs[i] = new PackedGemmJob(product.X, product.Adapter.A(_pool), Arena.Allocate(product.X.Rows, product.Adapter.Rank), accumulate: false);
        }

        Gemm.MultiplyAll(_pool, _jobs.AsSpan(0, count));
        for (var i = 0; i < count; i++) _jobs[i] = new PackedGemmJob(_jobs[i].C, _adapted[i].Adapter.B(_pool), _adapted[i].Y, accumulate: true);
        Gemm.MultiplyAll(_pool, _jobs.AsSpan(0, count));
        Arena.Release(mark);
    }

    // y = bias + lengths · (y − bias), column by column
    private static void Lengthen(Matrix y, Matrix bias, ReadOnlySpan<float> lengths)
    {
        ReadOnlySpan<float> start = bias.IsNull ? default : bias.Row(0);
        for (var i = 0; i < y.Rows; i++)
        {
            var row = y.Row(i);
            if (start.IsEmpty) for (var j = 0; j < row.Length; j++) row[j] *= lengths[j];
            else for (var j = 0; j < row.Length; j++) row[j] = start[j] + lengths[j] * (row[j] - start[j]);
        }
    }

    private readonly record struct AdaptedProduct(Matrix X, InferenceLowRank Adapter, Matrix Y, Matrix Bias);
}
