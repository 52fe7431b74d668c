namespace Qwen2Audio.Training.Losses;

/// <summary>Which rows a loss covers.</summary>
internal static class ValidRows
{
    /// <summary>The rows whose mark is not 0; all when there are no marks.</summary>
    /// <exception cref="ArgumentException">Marks for another number of rows.</exception>
    public static int[] Of(ReadOnlySpan<byte> valid, int rows)
    {
        if (!valid.IsEmpty && valid.Length != rows) throw new ArgumentException($"{valid.Length} marks for {rows} rows.", nameof(valid));
        var chosen = new List<int>(rows);
        for (var row = 0; row < rows; row++)
        {
            if (valid.IsEmpty || valid[row] != 0) chosen.Add(row);
        }

        return [.. chosen];
    }
}
