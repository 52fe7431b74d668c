namespace Qwen2Audio.Tasks.Ctc;

/// <summary>Frames [Start, End) of a phone.</summary>
internal readonly record struct PhoneSpan(int Word, int Place, int Phone, int Start, int End);

/// <summary>The most probable path through a <see cref="PhoneGraph"/> (Viterbi).</summary>
internal static class PhoneAlignment
{
    private const byte Stay = byte.MaxValue;

    /// <summary>The most steps (frames × states) that are searched, a byte each.</summary>
    public const long MostSteps = 1 << 30;

    /// <summary>The phones of the best path in order, without silence; null when there are too few frames.</summary>
    /// <param name="scores">Log scores of silence (0) and the phones in each frame.</param>
    /// <param name="graph">The words.</param>
    /// <param name="total">The path's score.</param>
    /// <exception cref="ArgumentException">There are more than <see cref="MostSteps"/> steps.</exception>
    public static List<PhoneSpan>? Find(CtcPosteriors scores, PhoneGraph graph, out double total)
    {
        total = double.NegativeInfinity;
        var states = graph.States;
        if (scores.Rows == 0) return null;
        if ((long)scores.Rows * states.Count > MostSteps) throw new ArgumentException($"{scores.Rows} frames and {states.Count} states are too many.", nameof(scores));
        var (best, next) = (new double[states.Count], new double[states.Count]);
        var steps = new byte[(long)scores.Rows * states.Count];
        Array.Fill(best, double.NegativeInfinity);
        foreach (var start in graph.Starts) best[start] = scores.Row(0)[states[start].Phone];
        for (var frame = 1; frame < scores.Rows; frame++)
        {
            var row = scores.Row(frame);
            for (var s = 0; s < states.Count; s++)
            {
                var state = states[s];
                var (from, step) = (state.Stays ? best[s] : double.NegativeInfinity, Stay);
                for (var i = 0; i < state.Before.Length; i++)
                    if (best[state.Before[i]] > from) (from, step) = (best[state.Before[i]], (byte)i);
                next[s] = from + row[state.Phone];
                steps[(long)frame * states.Count + s] = step;
            }

            (best, next) = (next, best);
        }

        var last = graph.Ends.MaxBy(end => best[end]);
        total = best[last];
        return double.IsNegativeInfinity(total) ? null : Trace(scores.Rows, states, steps, last);
    }

    private static List<PhoneSpan> Trace(int frames, IReadOnlyList<PhoneState> states, byte[] steps, int last)
    {
        var spans = new List<PhoneSpan>();
        var (s, end) = (last, frames);
        for (var frame = frames - 1; frame >= 0; frame--)
        {
            var state = states[s];
            var step = steps[(long)frame * states.Count + s];
            var before = frame == 0 ? -1 : step == Stay ? s : state.Before[step];
            if (before >= 0 && states[before].Word == state.Word && states[before].Place == state.Place)
            {
                s = before;
                continue;
            }

            if (state.Word >= 0) spans.Add(new PhoneSpan(state.Word, state.Place, state.Phone, frame, end));
            (s, end) = (before, frame);
        }

        spans.Reverse();
        return spans;
    }
}
