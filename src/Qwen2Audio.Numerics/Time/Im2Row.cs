using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// Turns a convolution over time into a matrix product: row i of <c>columns</c> holds the input rows that output row i reads, tap after
/// tap, with zeros outside the sequence. Its adjoint <see cref="ScatterAdd"/> is also the overlap-add of a transposed convolution.
/// </summary>
public static unsafe class Im2Row
{
    private const int RowsPerItem = 32;

    /// <summary>columns[i, t · channels + c] = x[i · stride + t · dilation − padLeft, c], within each sequence.</summary>
    /// <param name="x">Input rows [rows, channels].</param>
    /// <param name="starts">First input row of each sequence and the end: sequences + 1 values.</param>
    /// <param name="taps">Rows that one output row reads.</param>
    /// <param name="stride">Input rows from one output row to the next.</param>
    /// <param name="padLeft">Zeros before a sequence.</param>
    /// <param name="columns">[output rows, taps · channels], overwritten; all output rows, or some.</param>
    /// <param name="yStarts">First output row of each sequence and the end.</param>
    /// <param name="dilation">Input rows from one tap to the next.</param>
    /// <param name="firstRow">When <paramref name="columns"/> does not have all output rows: which of them its first row is.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void Gather(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, int taps, int stride, int padLeft, Matrix columns, ReadOnlySpan<int> yStarts,
        int dilation = 1, int? firstRow = null)
    {
        Run(pool, x, starts, new Windows(taps, stride, padLeft, dilation), columns, yStarts, firstRow, gather: true);
    }

    /// <summary>dx[i · stride + t · dilation − padLeft, c] += dcolumns[i, t · channels + c], output rows in rising order.</summary>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public static void ScatterAdd(
        WorkerPool pool, Matrix dcolumns, ReadOnlySpan<int> yStarts, int taps, int stride, int padLeft, Matrix dx, ReadOnlySpan<int> starts,
        int dilation = 1)
    {
        Run(pool, dx, starts, new Windows(taps, stride, padLeft, dilation), dcolumns, yStarts, null, gather: false);
    }

    private static void Run(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, Windows windows, Matrix columns, ReadOnlySpan<int> yStarts, int? firstRow,
        bool gather)
    {
        windows.Check(starts, x.Rows, yStarts, firstRow is null ? columns.Rows : yStarts[^1]);
        if (columns.Columns != windows.Taps * x.Columns)
        {
            throw new ArgumentException(
                $"{windows.Taps} taps of {x.Columns} channels do not fit rows of {columns.Columns} numbers.");
        }

        if (firstRow < 0 || firstRow > yStarts[^1] - columns.Rows)
            throw new ArgumentException($"{columns.Rows} rows from {firstRow} on are not within {yStarts[^1]} output rows.");
        fixed (int* inputs = starts, outputs = yStarts)
        {
            var job = new Job(x, columns, windows, inputs, outputs, starts.Length - 1, firstRow ?? 0);
            if (gather) pool.Run((columns.Rows + RowsPerItem - 1) / RowsPerItem, &GatherItem, &job);
            else pool.Run((x.Rows + RowsPerItem - 1) / RowsPerItem, &ScatterItem, &job);
        }
    }

    private readonly struct Job(Matrix x, Matrix columns, Windows windows, int* starts, int* yStarts, int sequences, int firstRow)
    {
        public readonly Matrix X = x;
        public readonly Matrix Columns = columns;
        public readonly Windows Windows = windows;
        public readonly int* Starts = starts;
        public readonly int* YStarts = yStarts;
        public readonly int Sequences = sequences;
        public readonly int FirstRow = firstRow;
    }

    private static void GatherItem(void* context, int item, int worker)
    {
        ref var job = ref *(Job*)context;
        var from = item * RowsPerItem + job.FirstRow;
        var to = Math.Min(from + RowsPerItem, job.FirstRow + job.Columns.Rows);
        var channels = job.X.Columns;
        var (_, stride, padLeft, dilation) = job.Windows;
        var together = dilation == 1 && job.X.Stride == channels; // the rows of a window are contiguous
        for (var s = 0; s < job.Sequences; s++)
        {
            var start = job.Starts[s];
            var length = job.Starts[s + 1] - start;
            for (var row = Math.Max(from, job.YStarts[s]); row < Math.Min(to, job.YStarts[s + 1]); row++)
            {
                var target = job.Columns.Row(row - job.FirstRow);
                var i = row - job.YStarts[s];
                var (first, end) = job.Windows.Inside(i, length);
                target[..(first * channels)].Clear();
                target[(end * channels)..].Clear();
                var source = start + i * stride - padLeft;
                if (first == end) continue;
                if (together)
                {
                    new ReadOnlySpan<float>(job.X.Data + (long)(source + first) * channels, (end - first) * channels)
                        .CopyTo(target[(first * channels)..]);
                }
                else
                {
                    for (var t = first; t < end; t++) job.X.Row(source + t * dilation).CopyTo(target[(t * channels)..]);
                }
            }
        }
    }

    private static void ScatterItem(void* context, int item, int worker)
    {
        ref var job = ref *(Job*)context;
        var from = item * RowsPerItem;
        var to = Math.Min(from + RowsPerItem, job.X.Rows);
        var (taps, stride, padLeft, dilation) = job.Windows;
        var reach = (taps - 1) * dilation;
        for (var s = 0; s < job.Sequences; s++)
        {
            var outputs = job.YStarts[s + 1] - job.YStarts[s];
            for (var row = Math.Max(from, job.Starts[s]); row < Math.Min(to, job.Starts[s + 1]); row++)
            {
                var target = job.X.Row(row);
                var place = row - job.Starts[s] + padLeft; // = i · stride + t · dilation
                var last = Math.Min(place / stride, outputs - 1);
                for (var i = Math.Max(0, (place - reach + stride - 1) / stride); i <= last; i++)
                {
                    var distance = place - i * stride;
                    if (distance > reach || distance % dilation != 0) continue;
                    Add(job.Columns.Row(job.YStarts[s] + i).Slice(distance / dilation * target.Length, target.Length), target);
                }
            }
        }
    }

    private static void Add(ReadOnlySpan<float> x, Span<float> y)
    {
        var c = 0;
        for (; c <= y.Length - System.Numerics.Vector<float>.Count; c += System.Numerics.Vector<float>.Count)
        {
            var sum = new System.Numerics.Vector<float>(x[c..]) + new System.Numerics.Vector<float>(y[c..]);
            sum.CopyTo(y[c..]);
        }

        for (; c < y.Length; c++) y[c] += x[c];
    }
}
