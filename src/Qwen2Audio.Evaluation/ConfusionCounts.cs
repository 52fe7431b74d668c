namespace Qwen2Audio.Evaluation;

/// <summary>Confusion matrix: counts by true label and answer.</summary>
internal sealed class ConfusionCounts
{
    private readonly SortedDictionary<string, SortedDictionary<string, int>> _counts = new(StringComparer.Ordinal);

    /// <summary>Answers so far.</summary>
    public int Total { get; private set; }

    /// <summary>Right answers so far.</summary>
    public int Right { get; private set; }

    /// <summary>Right / total; 0 without answers.</summary>
    public double Accuracy => Total == 0 ? 0 : (double)Right / Total;

    /// <summary>Counts by true label, then by answer; pairs that never occurred are absent.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Counts =>
        _counts.ToDictionary(row => row.Key, row => (IReadOnlyDictionary<string, int>)row.Value, StringComparer.Ordinal);

    /// <summary>Counts one answer.</summary>
    public void Add(string truth, string answer)
    {
        if (!_counts.TryGetValue(truth, out var row)) _counts[truth] = row = new(StringComparer.Ordinal);
        row[answer] = row.GetValueOrDefault(answer) + 1;
        Total++;
        if (string.Equals(truth, answer, StringComparison.Ordinal)) Right++;
    }

    /// <summary>Wrong answers, the most frequent first.</summary>
    public IReadOnlyList<(string Truth, string Answer, int Count)> Mistakes() =>
        [.. _counts.SelectMany(row => row.Value.Where(cell => cell.Key != row.Key).Select(cell => (row.Key, cell.Key, cell.Value)))
            .OrderByDescending(mistake => mistake.Value)];
}
