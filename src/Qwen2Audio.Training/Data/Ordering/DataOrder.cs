namespace Qwen2Audio.Training.Data.Ordering;

/// <summary>
/// Decides which samples each step uses. Every sample comes once per epoch. A step takes the next
/// <see cref="DataOrderOptions.RowsPerStep"/> rows, across epochs, so that none is dropped at the end of an epoch. A step is a pure function of options,
/// lengths and its number: a run can resume from the number alone, and threads and ranks have no effect. Thread-safe.
/// </summary>
internal sealed class DataOrder
{
    private readonly DataOrderOptions _options;
    private readonly int _samples;
    private readonly Func<int, long, int> _length;
    private readonly Lock _gate = new();
    private readonly List<long> _firstRows = [0]; // first row of each epoch whose predecessors are known
    private readonly Dictionary<long, EpochRows> _known = [];

    /// <summary>Creates an order.</summary>
    /// <param name="options">Seed and rows.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="length">(sample, epoch) → tokens, at least 0 and always the same. Not needed with one sample per row.</param>
    /// <exception cref="ArgumentException">There are no samples, an option is out of range, or lengths are needed and missing.</exception>
    public DataOrder(DataOrderOptions options, int samples, Func<int, long, int>? length = null)
    {
        if (options.Problems("order").FirstOrDefault() is { } problem) throw new ArgumentException(problem, nameof(options));
        if (samples < 1) throw new ArgumentException("There are no samples to train on.", nameof(samples));
        if (length is null && options.Filling != RowFilling.One) throw new ArgumentException("Rows of several samples need lengths.", nameof(length));
        (_options, _samples, _length) = (options, samples, length ?? ((_, _) => 1));
    }

    /// <summary>Number of rows of an epoch.</summary>
    public int RowsOf(long epoch) => _options.Filling == RowFilling.One ? _samples : Rows(epoch).Count;

    /// <summary>The samples of a step, over all ranks.</summary>
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

    /// <summary>The epoch, with fraction, in which a step begins.</summary>
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
            // loader threads work on at most two neighbouring epochs
            if (_known.Count > 2) _known.Remove(_known.Keys.Min());
            return _known[epoch] = EpochRows.Of(_options, _samples, _length, epoch);
        }
    }
}
