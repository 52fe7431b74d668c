using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private int[] _chosen = [];

    /// <inheritdoc/>
    public Matrix Quantise(Matrix x, ReadOnlySpan<QuantiserStage> stages, Span<int> codes, ReadOnlySpan<int> depths = default)
    {
        QuantiserStage.Check(stages, x.Rows, codes.Length, depths);
        var y = Arena.AllocateZeroed(x.Rows, x.Columns);
        if (x.Rows == 0) return y;
        var mark = Arena.Position;
        var left = Arena.Allocate(x.Rows, x.Columns);
        left.CopyFrom(x);
        if (_chosen.Length < x.Rows) _chosen = new int[x.Rows];
        var chosen = _chosen.AsSpan(0, x.Rows);
        for (var s = 0; s < stages.Length; s++)
        {
            var stageMark = Arena.Position;
            var taken = Take(stages[s], left, chosen);
            for (var row = 0; row < x.Rows; row++)
            {
                var used = depths.IsEmpty || s < depths[row];
                codes[row * stages.Length + s] = used ? chosen[row] : -1;
                if (!used) taken.Row(row).Clear();
            }

            Vectors.Add(_pool, taken, y);
            Vectors.AddScaled(_pool, -1, taken, left);
            Arena.Release(stageMark);
        }

        Arena.Release(mark);
        return y;
    }

    /// <summary>Chooses a stage's entries and returns them in the width of the rows.</summary>
    private Matrix Take(QuantiserStage stage, Matrix left, Span<int> chosen)
    {
        var codebook = Own(stage.Codebook).Plain();
        var searched = stage.Inward is { } inward ? Linear(left, inward.Weight, inward.Bias) : left;
        if (stage.Inward is null) NearestRows.Find(_pool, searched, codebook, chosen);
        else NearestRows.Find(_pool, Directions(searched), Directions(codebook), chosen);
        var entries = Arena.Allocate(left.Rows, codebook.Columns);
        RowGather.Forward(_pool, codebook, chosen, entries);
        return stage.Outward is { } outward ? Linear(entries, outward.Weight, outward.Bias) : entries;
    }

    private Matrix Directions(Matrix x)
    {
        var y = Arena.Allocate(x.Rows, x.Columns);
        UnitRows.Forward(x, y);
        return y;
    }
}
