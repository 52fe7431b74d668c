using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>
/// EnCodec's codebook update: moving averages of the rows that choose an entry, instead of a codebook loss. The averages are parameters, so
/// that checkpoints save them; they and the codebooks have <see cref="Parameter.Trained"/> off.
/// </summary>
internal sealed class CodebookAverage
{
    private readonly Parameter[] _codebooks;
    private readonly Parameter[] _clusterSizes;
    private readonly Parameter[] _sums;
    private readonly double _decay;
    private readonly double _epsilon;

    /// <summary>Creates the averages of a quantiser's codebooks.</summary>
    /// <param name="codebooks">[entries, dim], one per stage.</param>
    /// <param name="clusterSizes">[entries], one per stage: average number of rows per step that choose an entry.</param>
    /// <param name="sums">[entries, dim], one per stage: average sum of the rows per step that choose an entry.</param>
    /// <param name="decay">γ: decay of the averages per step.</param>
    /// <param name="epsilon">ε: added to the cluster sizes, so that unused entries stay finite.</param>
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
    /// Updates after a step: size ← γ·size + (1−γ)·count, sum ← γ·sum + (1−γ)·Σ of the rows that chose the entry,
    /// codebook ← sum / ((size + ε)/(Σ size + entries·ε)·Σ size).
    /// </summary>
    /// <param name="ops">The operators of the step, which must still hold its quantiser stages. Unused stages stay unchanged.</param>
    /// <param name="ranks">The processes whose rows count; null: this one alone.</param>
    public void Update(TrainingOps ops, IRanks? ranks = null)
    {
        for (var stage = 0; stage < _codebooks.Length; stage++)
            foreach (var step in Of(ops, stage)) Update(step, stage, ranks);
    }

    /// <summary>
    /// Resets entries whose cluster size is below <paramref name="below"/> times the mean to random rows of this step's input to the same stage,
    /// with <paramref name="count"/> times the mean as their size. <paramref name="random"/> selects the rows.
    /// </summary>
    /// <returns>Number of entries reset.</returns>
    public int Restart(TrainingOps ops, double below, double count, CounterRandom random, IRanks? ranks = null)
    {
        var restarted = 0;
        for (var stage = 0; stage < _codebooks.Length; stage++)
            foreach (var step in Of(ops, stage)) restarted += Restart(step, stage, below, count, ref random, ranks ?? new OneRank());
        return restarted;
    }

    /// <summary>Initialises a codebook and its averages from centres and the number of rows that each has in a step.</summary>
    public void Initialise(int stage, Matrix centres, ReadOnlySpan<double> sizes)
    {
        _codebooks[stage].Value.CopyFrom(centres);
        for (var e = 0; e < centres.Rows; e++) Set(stage, e, centres.Row(e), sizes[e]);
    }

    private IEnumerable<QuantisedStage> Of(TrainingOps ops, int stage) => ops.QuantisedStages.Where(step => step.Codebook == _codebooks[stage]);

    private void Update(QuantisedStage step, int stage, IRanks? ranks)
    {
        var codebook = _codebooks[stage].Value;
        var size = _clusterSizes[stage].Value.Span;
        var sums = _sums[stage].Value;
        var (entries, dimension) = (codebook.Rows, codebook.Columns);
        var all = new double[entries * (dimension + 1)];
        Span<double> counts = all.AsSpan(0, entries), totals = all.AsSpan(entries);
        var inputs = step.Searched;
        for (var row = 0; row < inputs.Rows; row++)
        {
            var code = step.Codes[row];
            if (code < 0) continue;
            counts[code]++;
            var x = inputs.Row(row);
            var total = totals.Slice(code * dimension, dimension);
            for (var i = 0; i < x.Length; i++) total[i] += x[i];
        }

        ranks?.Sum(all);
        var sum = 0.0;
        for (var e = 0; e < entries; e++)
        {
            size[e] = (float)(_decay * size[e] + (1 - _decay) * counts[e]);
            sum += size[e];
        }

        for (var e = 0; e < entries; e++)
        {
            var smoothed = (size[e] + _epsilon) / (sum + entries * _epsilon) * sum;
            var average = sums.Row(e);
            var entry = codebook.Row(e);
            for (var i = 0; i < average.Length; i++)
            {
                average[i] = (float)(_decay * average[i] + (1 - _decay) * totals[e * dimension + i]);
                entry[i] = (float)(average[i] / smoothed);
            }
        }
    }

    private int Restart(QuantisedStage step, int stage, double below, double count, ref CounterRandom random, IRanks ranks)
    {
        var size = _clusterSizes[stage].Value.Span;
        var mean = 0.0;
        foreach (var value in size) mean += value / size.Length;
        List<int> dead = [];
        for (var e = 0; e < size.Length; e++)
            if (size[e] < below * mean) dead.Add(e);
        if (dead.Count == 0) return 0; // the same on all ranks, since their averages are equal
        int[] mine = [.. Enumerable.Range(0, step.Codes.Length).Where(row => step.Codes[row] >= 0)];
        var rows = new double[ranks.Count];
        rows[ranks.Rank] = mine.Length;
        ranks.Sum(rows);
        var before = (int)rows.AsSpan(0, ranks.Rank).ToArray().Sum();
        if (rows.Sum() is var there && there == 0) return 0;
        var dimension = _codebooks[stage].Columns;
        var values = new double[dead.Count * dimension];
        for (var i = 0; i < dead.Count; i++)
        {
            var place = random.NextInt((int)there) - before;
            if (place < 0 || place >= mine.Length) continue; // belongs to another rank
            var row = step.Searched.Row(mine[place]);
            for (var d = 0; d < dimension; d++) values[i * dimension + d] = row[d];
        }

        ranks.Sum(values);
        var entry = new float[dimension];
        for (var i = 0; i < dead.Count; i++)
        {
            for (var d = 0; d < dimension; d++) entry[d] = (float)values[i * dimension + d];
            entry.CopyTo(_codebooks[stage].Value.Row(dead[i]));
            Set(stage, dead[i], entry, count * mean);
        }

        return dead.Count;
    }

    private void Set(int stage, int entry, ReadOnlySpan<float> centre, double size)
    {
        _clusterSizes[stage].Value.Span[entry] = (float)size;
        var sum = _sums[stage].Value.Row(entry);
        for (var d = 0; d < sum.Length; d++) sum[d] = (float)(centre[d] * size);
    }
}
