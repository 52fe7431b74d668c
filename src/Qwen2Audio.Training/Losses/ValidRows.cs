namespace Qwen2Audio.Training.Losses;

/// <summary>Selects the rows that a loss covers.</summary>
internal static class ValidRows
{
    /// <summary>The rows whose mark is not 0; all rows when there are no marks.</summary>
    /// <exception cref="ArgumentException">The number of marks is not the number of rows.</exception>
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
