using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>
/// DAC's residual quantiser: each stage projects what is left to few dimensions, takes the entry nearest to it in direction (both
/// divided by their length), and projects the entry back. What is left to the next stage is on the tape, projections included.
/// </summary>
internal sealed class FactorisedQuantiser
{
    private const double LeastLength = 1e-12;
    private readonly (FactorisedStage Stage, Parameter Codebook)[] _stages;

    /// <summary>A quantiser of these stages.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public FactorisedQuantiser(IReadOnlyList<FactorisedStage> stages)
    {
        _stages = [.. stages.Select(stage => (stage, (Parameter)stage.Codebook))];
        if (_stages.Length == 0) throw new ArgumentException("A quantiser has a stage at least.", nameof(stages));
    }

    /// <summary>
    /// Quantises; gradients pass a chosen entry as if it were the projection that chose it. Adds <paramref name="commitment"/> times the
    /// gradient of the commitment loss to the inward projections, and <paramref name="codebook"/> times that of the codebook loss to the
    /// codebooks that are trained. Means are over rows and dimensions of the entries.
    /// </summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="z">[rows, width]; rows are (batch, frame).</param>
    /// <param name="commitment">Factor of the commitment loss in the total.</param>
    /// <param name="codebook">Factor of the codebook loss in the total.</param>
    public QuantisedRows Forward(TrainingOps ops, Variable z, float commitment = 1, float codebook = 1)
    {
        var (rows, stages) = (z.Value.Rows, _stages.Length);
        var inputs = new Matrix[stages];
        var codes = new int[rows * stages];
        var chosen = new int[rows];
        var loss = 0.0;
        Variable? sum = null;
        var residual = z;
        for (var s = 0; s < stages; s++)
        {
            var (stage, parameter) = _stages[s];
            var inward = stage.Inward(ops, residual);
            inputs[s] = inward.Value;
            NearestRows.Find(ops.Pool, Directions(ops, inward.Value), Directions(ops, parameter.Value), chosen);
            for (var row = 0; row < rows; row++) codes[row * stages + s] = chosen[row];
            var entries = Codebook.Take(ops, parameter, chosen);
            var (distance, slopes) = Codebook.Distance(ops, inward.Value, entries, chosen, parameter, commitment, codebook);
            loss += distance;
            ops.Seed(inward, slopes);
            var outward = stage.Outward(ops, ops.StraightThrough(inward, entries));
            if (s + 1 < stages) residual = ops.Subtract(residual, outward);
            if (sum is null) sum = outward;
            else ops.Accumulate(ref sum, outward);
        }

        return new QuantisedRows(sum!, codes, loss, inputs);
    }

    /// <summary>x / max(‖x‖, 1e-12), row by row.</summary>
    private static Matrix Directions(TrainingOps ops, Matrix x)
    {
        var directions = ops.Scratch(x.Rows, x.Columns);
        for (var row = 0; row < x.Rows; row++)
        {
            var from = x.Row(row);
            var to = directions.Row(row);
            var square = 0.0;
            foreach (var value in from) square += (double)value * value;
            var scale = 1 / Math.Max(Math.Sqrt(square), LeastLength);
            for (var i = 0; i < to.Length; i++) to[i] = (float)(from[i] * scale);
        }

        return directions;
    }
}
