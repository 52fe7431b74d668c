using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Generation;

/// <summary>
/// Runs prompts through the decoder in parts: short prompts together, long ones split. The parts of a long prompt have equal length, so that
/// none is short enough to change attention's summation order: the values equal those of one pass.
/// </summary>
internal static class PrefillChunks
{
    /// <summary>Each sequence's last row after the final norm, [sequences, width]; <paramref name="x"/> is overwritten.</summary>
    public static Matrix LastRows(IDecoder decoder, InferenceOps ops, SequenceState state, Matrix x, Layout rows)
    {
        var last = new int[rows.Sequences];
        for (var s = 0; s < last.Length; s++) last[s] = rows.Starts[s + 1] - 1;
        var most = decoder.Shape.RowsAtOnce;
        if (rows.Rows <= most) return ops.TakeRows(decoder.Hidden(ops, x, rows, state), last);
        var results = ops.Input(new float[last.Length * x.Columns], last.Length, x.Columns);
        for (int s = 0, row = 0; s < rows.Sequences;)
        {
            var (end, count) = Part(rows, s, row, most);
            results = ops.Layer(
                0, results, (decoder, ops, state, x: x.RowRange(row, count), rows: Cut(rows, s, end, row, count), row, s, end, last), static (_, results, part) =>
                {
                    var hidden = part.decoder.Hidden(part.ops, part.x, part.rows, part.state);
                    for (var done = part.s; done < part.end; done++)
                        if (part.last[done] < part.row + part.rows.Rows) hidden.Row(part.last[done] - part.row).CopyTo(results.Row(done));
                    return results;
                });
            row += count;
            ops.OnPromptPart?.Invoke(row, rows.Rows);
            s = row == rows.Starts[end] ? end : s;
        }

        return results;
    }

    /// <summary>The part that starts at a row of sequence <paramref name="first"/>: whole sequences, or a share of one. Returns the sequence after it and its rows.</summary>
    private static (int End, int Rows) Part(Layout rows, int first, int row, int maxRows)
    {
        var length = rows.Length(first);
        if (length > maxRows)
        {
            var parts = (length + maxRows - 1) / maxRows;
            var part = (int)((long)(row - rows.Starts[first]) * parts / length);
            while (Bound(part) <= row) part++;
            return (first + 1, Bound(part) - row);

            int Bound(int number) => rows.Starts[first] + (int)((long)length * number / parts);
        }

        var end = first + 1;
        while (end < rows.Sequences && rows.Starts[end + 1] - row <= maxRows) end++;
        return (end, rows.Starts[end] - row);
    }

    private static Layout Cut(Layout rows, int first, int end, int row, int count)
    {
        var lengths = new int[end - first];
        var positions = new int[end - first];
        for (var s = first; s < end; s++)
        {
            var start = Math.Max(row, rows.Starts[s]);
            lengths[s - first] = Math.Min(row + count, rows.Starts[s + 1]) - start;
            positions[s - first] = rows.Positions[start];
        }

        return Layout.Continuing(lengths, positions, rows.Slots[first..end]);
    }
}
