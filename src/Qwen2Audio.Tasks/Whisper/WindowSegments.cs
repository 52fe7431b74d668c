namespace Qwen2Audio.Tasks.Whisper;

/// <summary>A segment within a window.</summary>
/// <param name="Start">Seconds from the start of the window.</param>
/// <param name="End">Seconds from the start of the window.</param>
/// <param name="First">Index of its first token in the window.</param>
/// <param name="Count">Number of its tokens, including timestamps.</param>
internal readonly record struct WindowSegment(double Start, double End, int First, int Count);

/// <summary>Splits a window's tokens at the timestamps and finds where the next window begins (openai/whisper <c>transcribe.py</c>).</summary>
internal static class WindowSegments
{
    private const int FramesPerTimestamp = 2;
    private const double SecondsPerFrame = 0.01;

    /// <summary>
    /// The segments of <paramref name="tokens"/>, and the frames (of 10 ms) by which the window advances: to the last timestamp if another
    /// segment begins there, otherwise by the whole window. Times beyond the window are clamped to its end.
    /// </summary>
    public static (List<WindowSegment> Segments, int Advance) Cut(IReadOnlyList<int> tokens, int firstTimestamp, int windowFrames)
    {
        var segments = new List<WindowSegment>();
        bool IsTime(int i) => i >= 0 && i < tokens.Count && tokens[i] >= firstTimestamp;
        int Frame(int i) => Math.Min(windowFrames, (tokens[i] - firstTimestamp) * FramesPerTimestamp);
        double Time(int i) => Frame(i) * SecondsPerFrame;
        List<int> cuts = [];
        for (var i = 1; i < tokens.Count; i++)
            if (IsTime(i - 1) && IsTime(i)) cuts.Add(i);
        var lastIsSingle = IsTime(tokens.Count - 1) && !IsTime(tokens.Count - 2);
        if (cuts.Count > 0)
        {
            if (lastIsSingle) cuts.Add(tokens.Count);
            var first = 0;
            foreach (var cut in cuts)
            {
                segments.Add(new WindowSegment(IsTime(first) ? Time(first) : 0, Time(cut - 1), first, cut - first));
                first = cut;
            }

            var moved = lastIsSingle ? windowFrames : Frame(first - 1);
            return (segments, moved > 0 ? moved : windowFrames);
        }

        var end = windowFrames * SecondsPerFrame;
        for (var i = tokens.Count - 1; i >= 0; i--)
        {
            if (!IsTime(i)) continue;
            if (tokens[i] != firstTimestamp) end = Time(i);
            break;
        }

        segments.Add(new WindowSegment(0, end, 0, tokens.Count));
        return (segments, windowFrames);
    }
}
