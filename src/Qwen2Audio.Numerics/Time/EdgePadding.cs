using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// Rows before and after each sequence that repeat its edge, or mirror it, the edge not repeated. A sequence no longer than the larger pad
/// is first extended with zeros to one row more than the pad, and as many rows are cut from the right end of the result (as
/// in EnCodec).
/// </summary>
public static unsafe class EdgePadding
{
    private const int RowsPerItem = 64;

    /// <summary>y: <paramref name="padLeft"/> rows of padding, the sequence, and padding up to the length of y's sequence.</summary>
    /// <param name="x">Input rows [rows, channels].</param>
    /// <param name="starts">First input row of each sequence and the end: sequences + 1 values.</param>
    /// <param name="padLeft">Rows before a sequence.</param>
    /// <param name="y">[padded rows, channels], overwritten.</param>
    /// <param name="yStarts">First padded row of each sequence and the end.</param>
    /// <param name="replicate">Whether the edge is repeated; else the sequence is mirrored.</param>
    /// <exception cref="ArgumentException">The shapes do not match, or a padded sequence is shorter than the left pad and the sequence.</exception>
    public static void Forward(
        WorkerPool pool, Matrix x, ReadOnlySpan<int> starts, int padLeft, Matrix y, ReadOnlySpan<int> yStarts, bool replicate)
    {
        Check(x, starts, padLeft, y, yStarts);
        fixed (int* inputs = starts, outputs = yStarts)
        {
            var job = new Job(x, y, padLeft, inputs, outputs, starts.Length - 1, replicate);
            pool.Run((y.Rows + RowsPerItem - 1) / RowsPerItem, &ForwardItem, &job);
        }
    }

    /// <summary>Adds to each row of dx the gradients of all padded rows copied from it: its image on the left, itself, its image on the right.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Forward"/>.</exception>
    public static void Backward(
        WorkerPool pool, Matrix dy, ReadOnlySpan<int> yStarts, int padLeft, Matrix dx, ReadOnlySpan<int> starts, bool replicate)
    {
        Check(dx, starts, padLeft, dy, yStarts);
        fixed (int* inputs = starts, outputs = yStarts)
        {
            var job = new Job(dx, dy, padLeft, inputs, outputs, starts.Length - 1, replicate);
            pool.Run((dx.Rows + RowsPerItem - 1) / RowsPerItem, &BackwardItem, &job);
        }
    }

    private static void Check(Matrix x, ReadOnlySpan<int> starts, int padLeft, Matrix y, ReadOnlySpan<int> yStarts)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(padLeft);
        if (x.Columns != y.Columns || starts.Length != yStarts.Length)
        {
            throw new ArgumentException(
                $"{x.Columns} and {y.Columns} channels, {starts.Length} and {yStarts.Length} row offsets: they must be equal.");
        }

        Windows.CheckStarts(starts, x.Rows, "input");
        Windows.CheckStarts(yStarts, y.Rows, "output");
        for (var s = 0; s < starts.Length - 1; s++)
        {
            if (yStarts[s + 1] - yStarts[s] < starts[s + 1] - starts[s] + padLeft)
                throw new ArgumentException($"Sequence {s} is too short for its {starts[s + 1] - starts[s]} rows and {padLeft} before them.");
        }
    }

    private readonly struct Job(Matrix x, Matrix y, int padLeft, int* starts, int* yStarts, int sequences, bool replicate)
    {
        public readonly Matrix X = x;
        public readonly Matrix Y = y;
        public readonly int PadLeft = padLeft;
        public readonly int* Starts = starts;
        public readonly int* YStarts = yStarts;
        public readonly int Sequences = sequences;
        public readonly bool Replicate = replicate;

        public int Length(int s) => Starts[s + 1] - Starts[s];

        public int PaddedLength(int s) => YStarts[s + 1] - YStarts[s];

        /// <summary>Position of the right mirror: row j beyond it is row 2 · mirror − j.</summary>
        public int Mirror(int s)
        {
            var longest = Math.Max(PadLeft, PaddedLength(s) - Length(s) - PadLeft);
            return Math.Max(Length(s), longest + 1) - 1;
        }
    }

    private static void ForwardItem(void* context, int item, int worker)
    {
        ref var job = ref *(Job*)context;
        var (from, to) = (item * RowsPerItem, Math.Min((item + 1) * RowsPerItem, job.Y.Rows));
        for (var s = 0; s < job.Sequences; s++)
        {
            var (length, mirror) = (job.Length(s), job.Mirror(s));
            for (var row = Math.Max(from, job.YStarts[s]); row < Math.Min(to, job.YStarts[s + 1]); row++)
            {
                var place = row - job.YStarts[s] - job.PadLeft;
                place = job.Replicate ? Math.Clamp(place, 0, Math.Max(0, length - 1)) : Math.Abs(place);
                if (place > mirror) place = 2 * mirror - place;
                if (place < length) job.X.Row(job.Starts[s] + place).CopyTo(job.Y.Row(row));
                else job.Y.Row(row).Clear();
            }
        }
    }

    private static void BackwardItem(void* context, int item, int worker)
    {
        ref var job = ref *(Job*)context;
        var (from, to) = (item * RowsPerItem, Math.Min((item + 1) * RowsPerItem, job.X.Rows));
        for (var s = 0; s < job.Sequences; s++)
        {
            var (padded, length, mirror) = (job.PaddedLength(s), job.Length(s), job.Mirror(s));
            for (var row = Math.Max(from, job.Starts[s]); row < Math.Min(to, job.Starts[s + 1]); row++)
            {
                var target = job.X.Row(row);
                var place = row - job.Starts[s];
                if (job.Replicate)
                {
                    for (var i = place == 0 ? 0 : job.PadLeft + place; i <= (place < length - 1 ? job.PadLeft + place : padded - 1); i++) Add(job, s, i, target);
                    continue;
                }

                if (place > 0 && place <= job.PadLeft) Add(job, s, job.PadLeft - place, target);
                Add(job, s, job.PadLeft + place, target);
                var right = job.PadLeft + 2 * mirror - place;
                if (place < mirror && right < padded) Add(job, s, right, target);
            }
        }
    }

    private static void Add(in Job job, int sequence, int row, Span<float> target)
    {
        ReadOnlySpan<float> source = job.Y.Row(job.YStarts[sequence] + row);
        for (var c = 0; c < target.Length; c++) target[c] += source[c];
    }
}
