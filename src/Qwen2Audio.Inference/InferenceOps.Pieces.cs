using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Inference;

/// <summary>Convolutions and LSTMs over sequences that arrive in pieces.</summary>
public sealed partial class InferenceOps
{
    /// <summary>The state for pieces; null when sequences are whole.</summary>
    /// <exception cref="ArgumentException">Pieces without a state, several pieces of one sequence, or rows that do not match the layout.</exception>
    private static SequenceState? Pieces(IState? state, Matrix x, Layout rows)
    {
        if (x.Rows != rows.Rows) throw new ArgumentException($"{x.Rows} rows do not fit a layout of {rows.Rows}.", nameof(x));
        if (state is null && !rows.IsWhole) throw new ArgumentException("Pieces of sequences need a state.", nameof(state));
        if (state is not null && rows.SharesSlots) throw new ArgumentException("A layout has several pieces for one slot of the state; allowed: one.", nameof(rows));
        return Own(state);
    }

    /// <summary>
    /// The input rows that a convolution's outputs read, padding included, in the layout <paramref name="around"/>: a sequence of it for each
    /// sequence or, with chunks, each chunk. A slot stores the last rows in a ring: row r at index r modulo the ring size.
    /// </summary>
    private Matrix PaddedPieces(Matrix x, in ConvSpec spec, Layout rows, Layout outputs, RowState? held, out Layout around)
    {
        var windows = Windows(spec, rows, outputs);
        var lengths = new int[windows.Length];
        for (var w = 0; w < lengths.Length; w++) lengths[w] = windows[w].Length;
        around = Layout.Of(lengths);
        var padded = Arena.Allocate(around.Rows, x.Columns);
        for (var w = 0; w < windows.Length; w++)
        {
            var (s, place, length, end) = windows[w];
            var (before, start) = (rows.FirstPosition(s), rows.Starts[s]);
            var tail = held is null ? default : held.Of(rows.Slots[s], before);
            for (var i = 0; i < length; i++)
            {
                var source = spec.Source(place + i, end);
                var row = padded.Row(around.Starts[w] + i);
                if (source < 0) row.Clear();
                else (source < before ? tail.Row(source % tail.Rows) : x.Row(start + source - before)).CopyTo(row);
            }
        }

        for (var s = 0; s < rows.Sequences && held is not null; s++)
        {
            var (before, start) = (rows.FirstPosition(s), rows.Starts[s]);
            var end = before + rows.Length(s);
            var tail = held.Of(rows.Slots[s], before);
            for (var row = Math.Max(before, end - tail.Rows); row < end; row++) x.Row(start + row - before).CopyTo(tail.Row(row % tail.Rows));
            held.ContinuesAt(rows.Slots[s], end);
        }

        return padded;
    }

    /// <summary>For each sequence, or each chunk of one, the first index of the padded sequence that its outputs read, how many, and the end of the rows that they see.</summary>
    private static (int Sequence, int Place, int Length, int End)[] Windows(in ConvSpec spec, Layout rows, Layout outputs)
    {
        var count = rows.Sequences;
        for (var s = 0; s < rows.Sequences && spec.Chunk > 0; s++)
            if (outputs.Length(s) > 0) count += (outputs.FirstPosition(s) + outputs.Length(s) - 1) / spec.Chunk - outputs.FirstPosition(s) / spec.Chunk;
        var windows = new (int, int, int, int)[count];
        for (int s = 0, w = 0; s < rows.Sequences; s++)
        {
            var (end, first, last) = (rows.FirstPosition(s) + rows.Length(s), outputs.FirstPosition(s), outputs.FirstPosition(s) + outputs.Length(s));
            do
            {
                var next = spec.Chunk > 0 ? Math.Min(last, (first / spec.Chunk + 1) * spec.Chunk) : last;
                windows[w++] = (s, checked(first * spec.Stride), next == first ? 0 : checked((next - first - 1) * spec.Stride + spec.Span), spec.Chunk > 0 ? next : end);
                first = next;
            }
            while (first < last);
        }

        return windows;
    }

    public Matrix Delay(Matrix x, Layout rows, Layout until, int maxLag, IState? state = null, int stateIndex = 0)
    {
        var held = Pieces(state, x, rows)?.Rows(stateIndex, maxLag, x.Columns);
        if (held is null) return x;
        var y = Arena.Allocate(until.Rows, x.Columns);
        for (var s = 0; s < rows.Sequences; s++)
        {
            var (before, start) = (rows.FirstPosition(s), rows.Starts[s]);
            var end = before + rows.Length(s);
            var tail = held.Of(rows.Slots[s], before);
            for (var i = 0; i < until.Length(s); i++)
            {
                var source = until.FirstPosition(s) + i;
                (source < before ? tail.Row(source % maxLag) : x.Row(start + source - before)).CopyTo(y.Row(until.Starts[s] + i));
            }

            for (var row = Math.Max(before, end - maxLag); row < end; row++) x.Row(start + row - before).CopyTo(tail.Row(row % maxLag));
            held.ContinuesAt(rows.Slots[s], end);
        }

        return y;
    }

    /// <summary>
    /// The sums that a transposed convolution of pieces adds to: for each sequence the unfinished sums, followed by as many new ones as its
    /// rows produce. <paramref name="places"/> holds the index at which each sequence's first row adds.
    /// </summary>
    private Matrix UnfinishedPieces(IWeight? bias, in TransposedConvSpec spec, Layout rows, RowState held, out int[] places)
    {
        places = new int[rows.Sequences + 1];
        for (var s = 0; s < rows.Sequences; s++) places[s + 1] = checked(places[s] + rows.Length(s) * spec.Stride + spec.Unfinished);
        var sums = Arena.Allocate(places[^1], held.Columns);
        Start(sums, bias);
        for (var s = 0; s < rows.Sequences; s++)
        {
            var tail = held.Of(rows.Slots[s], rows.FirstPosition(s));
            if (rows.FirstPosition(s) > 0) sums.RowRange(places[s], tail.Rows).CopyFrom(tail);
            places[s] += spec.WithheldRows;
        }

        for (var s = rows.Sequences; s > 0; s--) places[s - 1] = Math.Min(places[s - 1], places[s]);
        return sums;
    }

    /// <summary>Copies the finished rows to the output and stores the unfinished sums for the next piece.</summary>
    private static void FinishPieces(Matrix sums, in TransposedConvSpec spec, Layout rows, Layout outputs, RowState held, Matrix y)
    {
        for (int s = 0, start = 0; s < rows.Sequences; s++)
        {
            var (before, length) = (rows.FirstPosition(s), rows.Length(s));
            var first = spec.TrimLeft + outputs.FirstPosition(s) - (before * spec.Stride - spec.WithheldRows);
            var count = outputs.Length(s);
            y.RowRange(outputs.Starts[s], count).CopyFrom(sums.RowRange(start + (count == 0 ? 0 : first), count));
            held.Of(rows.Slots[s], before).CopyFrom(sums.RowRange(start + length * spec.Stride, spec.Unfinished));
            held.ContinuesAt(rows.Slots[s], before + length);
            start += length * spec.Stride + spec.Unfinished;
        }
    }

    /// <summary>The first step of a recurrence: zero states for new sequences, stored states for continued ones.</summary>
    private void First(
        LstmLayerWeights layer, Matrix gates, Matrix cells, Matrix states, TimeMajor time, Layout rows, RowState? held, int place)
    {
        for (int from = 0, to; from < gates.Rows; from = to)
        {
            var continues = Continues(from);
            for (to = from + 1; to < gates.Rows && Continues(to) == continues;) to++;
            var (mark, count) = (Arena.Position, to - from);
            var (stateBefore, cellBefore) = continues ? (Arena.Allocate(count, cells.Columns), Arena.Allocate(count, cells.Columns)) : default;
            for (var i = 0; i < count && continues; i++)
            {
                var s = time.Sequences[from + i];
                var left = held!.Of(rows.Slots[s], rows.FirstPosition(s));
                left.Row(place).CopyTo(stateBefore.Row(i));
                left.Row(place + 1).CopyTo(cellBefore.Row(i));
            }

            Recur(layer, gates.RowRange(from, count), stateBefore, cellBefore, cells.RowRange(from, count), states.RowRange(from, count));
            Arena.Release(mark);
        }

        bool Continues(int row) => rows.FirstPosition(time.Sequences[row]) > 0;
    }

    private void Recur(LstmLayerWeights layer, Matrix gates, Matrix stateBefore, Matrix cellBefore, Matrix cells, Matrix states)
    {
        if (!stateBefore.IsNull)
        {
            AddJob(stateBefore, layer.State, gates, accumulate: true);
            RunJobs();
        }

        LstmCell.Forward(_pool, gates, cellBefore, cells, states);
    }

    /// <summary>Stores a sequence's last state and cells for its next piece.</summary>
    private static void Leave(TimeMajor time, Layout rows, int sequence, RowState held, int place, Matrix states, Matrix cells)
    {
        var left = held.Of(rows.Slots[sequence], rows.FirstPosition(sequence));
        if (rows.Length(sequence) == 0) return;
        var row = time.Start(rows.Length(sequence) - 1) + time.Sequences.IndexOf(sequence);
        states.Row(row).CopyTo(left.Row(place));
        cells.Row(row).CopyTo(left.Row(place + 1));
    }
}
