namespace Qwen2Audio.Training.Data.Ordering;

/// <summary>
/// Which samples each step has. Every sample comes once an epoch; rows follow each other through the epochs, and a step takes the next
/// <see cref="DataOrderOptions.RowsPerStep"/> of them, so that none is left out where an epoch ends. A step is a pure function of options,
/// lengths and its number: a run goes on from that number alone, and threads and ranks do not change it. May be asked from several threads.
/// </summary>
internal sealed class DataOrder
{
    private readonly DataOrderOptions _options;
    private readonly int _samples;
    private readonly Func<int, long, int> _length;
    private readonly Lock _gate = new();
    private readonly List<long> _firstRows = [0]; // of each epoch whose predecessors are known
    private readonly Dictionary<long, EpochRows> _known = [];

    /// <summary>An order of samples.</summary>
    /// <param name="options">Seed and rows.</param>
    /// <param name="samples">How many samples there are.</param>
    /// <param name="length">(sample, epoch) → tokens, at least 0; the same whenever it is asked. Not needed where a row is one sample.</param>
    /// <exception cref="ArgumentException">No samples, an option out of range, or lengths that are needed and missing.</exception>
    public DataOrder(DataOrderOptions options, int samples, Func<int, long, int>? length = null)
    {
        if (options.Problems("order").FirstOrDefault() is { } problem) throw new ArgumentException(problem, nameof(options));
        if (samples < 1) throw new ArgumentException("There is no sample to train on.", nameof(samples));
        if (length is null && options.Filling != RowFilling.One) throw new ArgumentException("Rows of several samples need lengths.", nameof(length));
        (_options, _samples, _length) = (options, samples, length ?? ((_, _) => 1));
    }

    /// <summary>Rows of an epoch.</summary>
    public int RowsOf(long epoch) => _options.Filling == RowFilling.One ? _samples : Rows(epoch).Count;

    /// <summary>The samples of a step, of all ranks together.</summary>
    /// <exception cref="InvalidOperationException">A sample is longer than a row.</exception>
    public StepPlan Step(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var first = checked(step * _options.RowsPerStep);
        var rows = new IReadOnlyList<DrawnSample>[_options.RowsPerStep];
        lock (_gate)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var (epoch, row) = Find(first + i);
                var samples = Rows(epoch)[row];
                var drawn = new DrawnSample[samples.Length];
                for (var j = 0; j < drawn.Length; j++) drawn[j] = new DrawnSample(samples[j], epoch);
                rows[i] = drawn;
            }
        }

        return new StepPlan(step, rows);
    }

    /// <summary>The epoch that a step begins in, with its fraction.</summary>
    public double EpochOf(long step)
    {
        lock (_gate)
        {
            var (epoch, row) = Find(checked(step * _options.RowsPerStep));
            return epoch + ((double)row / RowsOf(epoch));
        }
    }

    private (long Epoch, int Row) Find(long row)
    {
        if (_options.Filling == RowFilling.One) return Math.DivRem(row, (long)_samples) is var (epoch, rest) ? (epoch, (int)rest) : default;
        while (_firstRows[^1] <= row) _firstRows.Add(_firstRows[^1] + Rows(_firstRows.Count - 1).Count);
        var at = _firstRows.BinarySearch(row);
        if (at < 0) at = ~at - 1;
        return (at, (int)(row - _firstRows[at]));
    }

    private EpochRows Rows(long epoch)
    {
        lock (_gate)
        {
            if (_known.TryGetValue(epoch, out var rows)) return rows;
            // loader threads are at most at the border of two epochs
            if (_known.Count > 2) _known.Remove(_known.Keys.Min());
            return _known[epoch] = EpochRows.Of(_options, _samples, _length, epoch);
        }
    }
}
