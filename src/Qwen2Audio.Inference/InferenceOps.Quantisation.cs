using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Inference;

public sealed partial class InferenceOps
{
    private int[] _chosen = [];
    private int[] _taken = [];

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
            Choose(stages[s], left, chosen);
            for (var row = 0; row < depths.Length; row++)
                if (s >= depths[row]) chosen[row] = -1;
            if (stages[s].Codes is { } site) Tap(site, chosen, stages[s].Codebook.Shape[0]);
            for (var row = 0; row < x.Rows; row++) codes[row * stages.Length + s] = chosen[row];
            var taken = Entries(stages[s], chosen);
            if (stages[s].Entries is { } entries) Tap(entries, taken);
            Vectors.Add(_pool, taken, y);
            Vectors.AddScaled(_pool, -1, taken, left);
            Arena.Release(stageMark);
        }

        Arena.Release(mark);
        return y;
    }

    private void Choose(QuantiserStage stage, Matrix left, Span<int> chosen)
    {
        var searched = stage.Inward is { } inward ? Directions(Linear(left, inward.Weight, inward.Bias)) : left;
        NearestRows.Find(_pool, searched, Own(stage.Codebook).Searched(byDirection: stage.Inward is not null), chosen);
    }

    /// <summary>The chosen entries in the width of the rows; zeros for −1.</summary>
    private Matrix Entries(QuantiserStage stage, ReadOnlySpan<int> chosen)
    {
        var codebook = Own(stage.Codebook);
        var entries = Arena.Allocate(chosen.Length, codebook.Shape[1]);
        if (_taken.Length < chosen.Length) _taken = new int[chosen.Length];
        for (var row = 0; row < chosen.Length; row++) _taken[row] = Math.Max(chosen[row], 0);
        codebook.CopyRows(_pool, _taken.AsSpan(0, chosen.Length), entries);
        if (stage.Outward is { } outward) entries = Linear(entries, outward.Weight, outward.Bias);
        for (var row = 0; row < chosen.Length; row++)
            if (chosen[row] < 0) entries.Row(row).Clear();
        return entries;
    }

    private Matrix Directions(Matrix x)
    {
        var y = Arena.Allocate(x.Rows, x.Columns);
        UnitRows.Forward(x, y);
        return y;
    }
}
