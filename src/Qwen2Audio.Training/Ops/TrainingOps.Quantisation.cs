using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Training.Ops;

internal sealed partial class TrainingOps
{
    private readonly List<QuantisedStage> _quantised = [];

    /// <summary>The quantiser stages of this step, in order, for their losses and codebook averages.</summary>
    internal IReadOnlyList<QuantisedStage> QuantisedStages => _quantised;

    public Variable Quantise(Variable x, ReadOnlySpan<QuantiserStage> stages, Span<int> codes, ReadOnlySpan<int> depths = default)
    {
        QuantiserStage.Check(stages, x.Value.Rows, codes.Length, depths);
        if (_depth > 0) throw new InvalidOperationException("A quantiser must be between layers, not inside one.");
        var left = x;
        Variable? sum = null; // of the stages with an output projection
        var entries = _arena.AllocateZeroed(x.Value.Rows, x.Value.Columns); // sum of the entries of stages without a projection
        for (var s = 0; s < stages.Length; s++)
        {
            var (stage, codebook) = (stages[s], Of(stages[s].Codebook));
            var searched = stage.Inward is { } inward ? Linear(left, inward.Weight, inward.Bias) : left;
            var chosen = new int[x.Value.Rows];
            if (stage.Inward is null) NearestRows.Find(Pool, searched.Value, codebook.Value, chosen);
            else NearestRows.Find(Pool, Directions(searched.Value), Directions(codebook.Value), chosen);
            var taken = _arena.Allocate(chosen.Length, codebook.Columns);
            RowGather.Forward(Pool, codebook.Value, chosen, taken);
            for (var row = 0; row < chosen.Length; row++)
            {
                if (!depths.IsEmpty && s >= depths[row]) chosen[row] = -1;
                if (chosen[row] < 0) taken.Row(row).Clear();
                codes[row * stages.Length + s] = chosen[row];
            }

            if (stage.Codes is { } codesSite) Tap(codesSite, chosen, codebook.Rows);
            _quantised.Add(new QuantisedStage(codebook, stage.Inward is null ? x : searched, searched.Value, taken, chosen));
            if (stage.Outward is { } outward)
            {
                var back = Without(chosen, Linear(StraightThrough(searched, taken), outward.Weight, outward.Bias));
                if (stage.Entries is { } site) Tap(site, back);
                if (s + 1 < stages.Length) left = Subtract(left, back);
                if (sum is null) sum = back;
                else Accumulate(ref sum, back);
                continue;
            }

            if (stage.Entries is { } entriesSite) Listener?.Invoke(entriesSite, taken.Span, taken.Rows, taken.Columns);
            Vectors.Add(Pool, taken, entries);
            var rest = _arena.Allocate(taken.Rows, taken.Columns);
            rest.CopyFrom(left.Value);
            Vectors.AddScaled(Pool, -1, taken, rest);
            left = new Variable(rest) { NeedsGradient = false };
        }

        return sum ?? StraightThrough(x, entries);
    }

    /// <summary>Zeroes the rows without an entry.</summary>
    private Variable Without(int[] chosen, Variable x)
    {
        if (!chosen.Contains(-1)) return x;
        var y = New(x.Value.Rows, x.Value.Columns, x.NeedsGradient);
        y.Value.CopyFrom(x.Value);
        Clear(y.Value);
        Record(y, () =>
        {
            Clear(y.Gradient);
            Hand(y.Gradient, x);
        });
        return y;

        void Clear(Matrix rows)
        {
            for (var row = 0; row < chosen.Length; row++)
                if (chosen[row] < 0) rows.Row(row).Clear();
        }
    }

    private Matrix Directions(Matrix x)
    {
        var y = _arena.Allocate(x.Rows, x.Columns);
        UnitRows.Forward(x, y);
        return y;
    }
}

/// <summary>A quantiser stage as computed in a step; valid until the next <see cref="TrainingOps.Begin"/>.</summary>
/// <param name="Codebook">[entries, dim].</param>
/// <param name="Input">The variable that the commitment loss moves.</param>
/// <param name="Searched">[rows, dim]: the vectors to be quantised.</param>
/// <param name="Entries">[rows, dim]: the chosen entries.</param>
/// <param name="Codes">Index of each row's entry; −1: none.</param>
internal sealed record QuantisedStage(Parameter Codebook, Variable Input, Matrix Searched, Matrix Entries, int[] Codes);
