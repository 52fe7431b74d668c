using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>
/// EnCodec's residual quantiser: r₀ = z; stage s takes the entry q_s nearest to r_s (the first on ties) and leaves r_s − q_s to the next.
/// Codebooks learn by <see cref="QuantisedRows.CodebookLoss"/>, or, with <see cref="Parameter.Trained"/> off, by a
/// <see cref="CodebookAverage"/>.
/// </summary>
internal sealed class ResidualQuantiser
{
    private readonly Parameter[] _codebooks;

    /// <summary>A quantiser over codebooks [entries, dim], one a stage; they are parameters.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public ResidualQuantiser(IReadOnlyList<IWeight> codebooks)
    {
        _codebooks = [.. codebooks.Cast<Parameter>()];
        if (_codebooks.Length == 0) throw new ArgumentException("A quantiser has a stage at least.", nameof(codebooks));
    }

    /// <summary>Codebooks called S.codebook, S = 0…stages−1, below <paramref name="weights"/>.</summary>
    public static ResidualQuantiser From(IWeights weights, int stages, int entries, int dimension) =>
        new([.. Enumerable.Range(0, stages).Select(stage => weights.Get($"{stage}.codebook", entries, dimension))]);

    /// <summary>One a stage.</summary>
    public IReadOnlyList<Parameter> Codebooks => _codebooks;

    /// <summary>
    /// Quantises; the gradient of the result goes to <paramref name="z"/> unchanged and not to the codebooks. Adds
    /// <paramref name="commitment"/> times the gradient of the commitment loss to z, and <paramref name="codebook"/> times that of the
    /// codebook loss to the codebooks that are trained.
    /// </summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="z">[rows, dim]; rows are (batch, frame).</param>
    /// <param name="commitment">Factor of the commitment loss in the total.</param>
    /// <param name="codebook">Factor of the codebook loss in the total.</param>
    /// <exception cref="ArgumentException">The rows have another width than the entries.</exception>
    public QuantisedRows Forward(TrainingOps ops, Variable z, float commitment = 1, float codebook = 1)
    {
        var (rows, stages) = (z.Value.Rows, _codebooks.Length);
        var sum = ops.Scratch(rows, z.Value.Columns);
        sum.Clear();
        var inputs = new Matrix[stages];
        var codes = new int[rows * stages];
        var chosen = new int[rows];
        var loss = 0.0;
        var residual = z.Value;
        for (var s = 0; s < stages; s++)
        {
            inputs[s] = residual;
            NearestRows.Find(ops.Pool, residual, _codebooks[s].Value, chosen);
            for (var row = 0; row < rows; row++) codes[row * stages + s] = chosen[row];
            var entries = Codebook.Take(ops, _codebooks[s], chosen);
            var (distance, slopes) = Codebook.Distance(ops, residual, entries, chosen, _codebooks[s], commitment, codebook);
            loss += distance;
            if (z.NeedsGradient) ops.Seed(z, slopes); // every r_s is z less constants
            Vectors.Add(ops.Pool, entries, sum);
            var next = ops.Scratch(rows, z.Value.Columns);
            next.CopyFrom(residual);
            Vectors.AddScaled(ops.Pool, -1, entries, next);
            residual = next;
        }

        return new QuantisedRows(ops.StraightThrough(z, sum), codes, loss, inputs);
    }
}
