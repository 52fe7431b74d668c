using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>
/// EnCodec's codebooks: moving averages of the rows that chose an entry, instead of a codebook loss. The averages are parameters too, so
/// that they are saved with the others; they and the codebooks have <see cref="Parameter.Trained"/> off.
/// </summary>
internal sealed class CodebookAverage
{
    private readonly Parameter[] _codebooks;
    private readonly Parameter[] _clusterSizes;
    private readonly Parameter[] _sums;
    private readonly double _decay;
    private readonly double _epsilon;

    /// <summary>Averages of the codebooks of a quantiser.</summary>
    /// <param name="codebooks">[entries, dim], one a stage.</param>
    /// <param name="clusterSizes">[entries], one a stage: how often an entry is chosen in a step.</param>
    /// <param name="sums">[entries, dim], one a stage: the sum of the rows that choose an entry in a step.</param>
    /// <param name="decay">γ: what stays of the averages in a step.</param>
    /// <param name="epsilon">ε: what is added to the cluster sizes, so that entries that nobody chooses stay finite.</param>
    /// <exception cref="ArgumentException">The numbers of stages differ.</exception>
    public CodebookAverage(
        IReadOnlyList<IWeight> codebooks, IReadOnlyList<IWeight> clusterSizes, IReadOnlyList<IWeight> sums, double decay = 0.99,
        double epsilon = 1e-5)
    {
        _codebooks = [.. codebooks.Cast<Parameter>()];
        _clusterSizes = [.. clusterSizes.Cast<Parameter>()];
        _sums = [.. sums.Cast<Parameter>()];
        (_decay, _epsilon) = (decay, epsilon);
        if (_clusterSizes.Length != _codebooks.Length || _sums.Length != _codebooks.Length)
            throw new ArgumentException($"{_codebooks.Length} codebooks, {_clusterSizes.Length} cluster sizes, {_sums.Length} sums.", nameof(sums));
        foreach (var parameter in _codebooks.Concat(_clusterSizes).Concat(_sums)) parameter.Trained = false;
    }

    /// <summary>
    /// After a step: size ← γ·size + (1−γ)·count, sum ← γ·sum + (1−γ)·Σ of the rows that chose the entry,
    /// codebook ← sum / ((size + ε)/(Σ size + entries·ε)·Σ size).
    /// </summary>
    /// <param name="ops">The step's operators; what was quantised with the same codebooks has not been forgotten. Stages that were not used stay as they are.</param>
    public void Update(TrainingOps ops)
    {
        for (var stage = 0; stage < _codebooks.Length; stage++)
            foreach (var step in ops.QuantisedStages.Where(step => step.Codebook == _codebooks[stage])) Update(step, stage);
    }

    private void Update(QuantisedStage step, int stage)
    {
        var codebook = _codebooks[stage].Value;
        var size = _clusterSizes[stage].Value.Span;
        var sums = _sums[stage].Value;
        var (entries, dimension) = (codebook.Rows, codebook.Columns);
        var counts = new int[entries];
        var totals = new double[entries * dimension];
        var inputs = step.Searched;
        for (var row = 0; row < inputs.Rows; row++)
        {
            var code = step.Codes[row];
            if (code < 0) continue;
            counts[code]++;
            var x = inputs.Row(row);
            var total = totals.AsSpan(code * dimension, dimension);
            for (var i = 0; i < x.Length; i++) total[i] += x[i];
        }

        var all = 0.0;
        for (var e = 0; e < entries; e++)
        {
            size[e] = (float)(_decay * size[e] + (1 - _decay) * counts[e]);
            all += size[e];
        }

        for (var e = 0; e < entries; e++)
        {
            var smoothed = (size[e] + _epsilon) / (all + entries * _epsilon) * all;
            var sum = sums.Row(e);
            var entry = codebook.Row(e);
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] = (float)(_decay * sum[i] + (1 - _decay) * totals[e * dimension + i]);
                entry[i] = (float)(sum[i] / smoothed);
            }
        }
    }
}
