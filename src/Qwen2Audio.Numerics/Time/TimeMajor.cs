namespace Qwen2Audio.Numerics.Time;

/// <summary>
/// The order in which a recurrence takes the rows of sequences: the first row of every sequence, then the second rows, and so on,
/// longer sequences first. So the rows of a step are contiguous, and the first of them continue those of the step before.
/// </summary>
public sealed class TimeMajor
{
    private readonly int[] _order;
    private readonly int[] _steps;
    private readonly int[] _sequences;

    /// <summary>Orders packed sequences.</summary>
    /// <param name="starts">First row of each sequence and the end: sequences + 1 values.</param>
    public TimeMajor(ReadOnlySpan<int> starts)
    {
        var lengths = new int[starts.Length - 1];
        var first = new int[lengths.Length];
        for (var i = 0; i < lengths.Length; i++) (first[i], lengths[i]) = (starts[i], starts[i + 1] - starts[i]);
        int[] longest = [.. Enumerable.Range(0, lengths.Length).OrderByDescending(i => lengths[i])]; // stable
        _sequences = longest;
        _order = new int[lengths.Sum()];
        _steps = new int[(lengths.Length == 0 ? 0 : lengths.Max()) + 1];
        var (row, running) = (0, longest.Length);
        for (var step = 0; step < _steps.Length - 1; step++)
        {
            while (lengths[longest[running - 1]] <= step) running--;
            for (var i = 0; i < running; i++) _order[row++] = first[longest[i]] + step;
            _steps[step + 1] = row;
        }
    }

    /// <summary>Row k of the recurrence is this row of the sequences.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>Number of steps.</summary>
    public int Steps => _steps.Length - 1;

    /// <summary>The sequences in the order in which a step has their rows.</summary>
    public ReadOnlySpan<int> Sequences => _sequences;

    /// <summary>First row of a step.</summary>
    public int Start(int step) => _steps[step];

    /// <summary>Sequences that have a row at this step.</summary>
    public int Running(int step) => _steps[step + 1] - _steps[step];
}
