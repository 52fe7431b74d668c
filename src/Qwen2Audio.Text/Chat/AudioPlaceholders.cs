namespace Qwen2Audio.Text.Chat;

/// <summary>Expands the placeholders in a prompt to the number of rows of its clips.</summary>
/// <param name="Audio">Id of the placeholder.</param>
/// <param name="Start">Id of the token before audio.</param>
/// <param name="End">Id of the token after audio.</param>
public sealed record AudioPlaceholders(int Audio, int Start, int End)
{
    /// <summary>The ids in a tokenizer.</summary>
    /// <exception cref="ArgumentException">The tokenizer does not have them.</exception>
    public static AudioPlaceholders Of(BytePairTokenizer tokenizer) =>
        new(tokenizer.ControlId(ControlNames.Audio), tokenizer.ControlId(ControlNames.AudioStart), tokenizer.ControlId(ControlNames.AudioEnd));

    /// <summary>
    /// Repeats the i-th placeholder <paramref name="rows"/>[i] times (not at all for a clip without rows). A placeholder with neither the start
    /// token directly before nor the end token directly after it gets both.
    /// </summary>
    /// <exception cref="ArgumentException">The number of placeholders differs from the number of clips, or a number of rows is negative.</exception>
    public int[] Expand(ReadOnlySpan<int> ids, ReadOnlySpan<int> rows)
    {
        var places = ids.Count(Audio);
        if (places != rows.Length)
            throw new ArgumentException($"The prompt has placeholders for {places} clips, but {rows.Length} were given.", nameof(rows));
        var expanded = new List<int>(ids.Length);
        var clip = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] != Audio)
            {
                expanded.Add(ids[i]);
                continue;
            }

            ArgumentOutOfRangeException.ThrowIfNegative(rows[clip], nameof(rows));
            var bare = (i == 0 || ids[i - 1] != Start) && (i + 1 == ids.Length || ids[i + 1] != End);
            if (bare) expanded.Add(Start);
            expanded.AddRange(Enumerable.Repeat(Audio, rows[clip++]));
            if (bare) expanded.Add(End);
        }

        return [.. expanded];
    }
}
