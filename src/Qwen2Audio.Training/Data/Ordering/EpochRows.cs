using System.Runtime.InteropServices;

namespace Qwen2Audio.Training.Data.Ordering;

/// <summary>The rows of one epoch: a pure function of options, lengths and the epoch's number.</summary>
internal sealed class EpochRows
{
    private const ulong OrderStream = 0x65706F636873;
    private const ulong RowStream = 0x726F77736F7264;
    private readonly int[] _samples;
    private readonly int[] _starts;

    private EpochRows(int[] samples, int[] starts) => (_samples, _starts) = (samples, starts);

    /// <summary>Number of rows.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>The samples of a row.</summary>
    public ReadOnlySpan<int> this[int row] => _samples.AsSpan(_starts[row].._starts[row + 1]);

    public static EpochRows Of(DataOrderOptions options, int samples, Func<int, long, int> length, long epoch)
    {
        var order = new int[samples];
        for (var i = 0; i < samples; i++) order[i] = i;
        if (options.Shuffle) new CounterRandom((ulong)options.Seed ^ OrderStream, (ulong)epoch).Shuffle(order.AsSpan());
        if (options.Filling == RowFilling.One) return new EpochRows(order, [.. Enumerable.Range(0, samples + 1)]);
        var lengths = new int[samples];
        for (var i = 0; i < samples; i++)
        {
            lengths[i] = length(i, epoch);
            if (lengths[i] > options.RowTokens)
                throw new InvalidOperationException($"Sample {i} is {lengths[i]} tokens long in epoch {epoch}; a row has {options.RowTokens}.");
        }

        var rows = options.Filling == RowFilling.Pack ? Packed(options, order, lengths) : Buckets(options, order, lengths, epoch);
        var starts = new int[rows.Count + 1];
        for (var row = 0; row < rows.Count; row++) starts[row + 1] = starts[row] + rows[row].Count;
        return new EpochRows([.. rows.SelectMany(row => row)], starts);
    }

    // first fit; the oldest row is closed when too many are open
    private static List<List<int>> Packed(DataOrderOptions options, int[] order, int[] lengths)
    {
        var rows = new List<List<int>>();
        var room = new List<int>();
        var oldest = 0; // rows before it are closed
        foreach (var sample in order)
        {
            var row = oldest;
            while (row < rows.Count && room[row] < lengths[sample]) row++;
            if (row == rows.Count)
            {
                rows.Add([]);
                room.Add(options.RowTokens);
                oldest = Math.Max(oldest, rows.Count - options.Window);
            }

            rows[row].Add(sample);
            room[row] -= lengths[sample];
        }

        return rows;
    }

    private static List<List<int>> Buckets(DataOrderOptions options, int[] order, int[] lengths, long epoch)
    {
        var rows = new List<List<int>>();
        var pool = new List<int>();
        long tokens = 0;
        var random = new CounterRandom((ulong)options.Seed ^ RowStream, (ulong)epoch);
        for (var i = 0; i < order.Length; i++)
        {
            pool.Add(order[i]);
            tokens += lengths[order[i]];
            if (tokens < (long)options.Window * options.RowTokens && i + 1 < order.Length) continue;
            var cut = Cut(pool, lengths, options.RowTokens);
            if (options.Shuffle) random.Shuffle(CollectionsMarshal.AsSpan(cut));
            rows.AddRange(cut);
            pool.Clear();
            tokens = 0;
        }

        return rows;
    }

    private static List<List<int>> Cut(List<int> pool, int[] lengths, int maxLength)
    {
        var rows = new List<List<int>>();
        var room = 0;
        foreach (var sample in pool.OrderBy(sample => lengths[sample])) // a stable sort
        {
            if (rows.Count == 0 || lengths[sample] > room)
            {
                rows.Add([]);
                room = maxLength;
            }

            rows[^1].Add(sample);
            room -= lengths[sample];
        }

        return rows;
    }
}
