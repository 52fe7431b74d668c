namespace Qwen2Audio.Inference.Whisper;

/// <summary>Whisper's control tokens, and the tokens that are suppressed in its texts.</summary>
public sealed record WhisperTokens
{
    /// <summary>Seconds between consecutive timestamp tokens: two mel frames, one encoder row.</summary>
    public const double SecondsPerTimestamp = 0.02;

    /// <summary><c>&lt;|startoftranscript|&gt;</c>.</summary>
    public required int Start { get; init; }

    /// <summary><c>&lt;|endoftext|&gt;</c>: text tokens have lower ids.</summary>
    public required int End { get; init; }

    /// <summary><c>&lt;|notimestamps|&gt;</c>: requests text only. The ids of the timestamps follow it.</summary>
    public required int NoTimestamps { get; init; }

    /// <summary><c>&lt;|nospeech|&gt;</c> (<c>&lt;|nocaptions|&gt;</c>). Its probability after the start token is that of no speech.</summary>
    public required int NoSpeech { get; init; }

    /// <summary><c>&lt;|startofprev|&gt;</c>, precedes earlier text; null: the model has none.</summary>
    public int? StartOfPrevious { get; init; }

    /// <summary>Language code → id; empty in an English-only model, whose prefix has neither language nor task.</summary>
    public IReadOnlyDictionary<string, int> Languages { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>"transcribe" and "translate" → id.</summary>
    public IReadOnlyDictionary<string, int> Tasks { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> Suppressed { get; init; } = [];

    /// <summary>Tokens that are not chosen as the first token.</summary>
    public IReadOnlyList<int> SuppressedFirst { get; init; } = [];

    /// <summary>Maximum of the first timestamp, in steps of <see cref="SecondsPerTimestamp"/>; null: no limit.</summary>
    public int? MaxInitialTimestamp { get; init; }

    /// <summary>Maximum tokens of a sequence, prefix included; null: limited only by the model's positions.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Default maximum tokens of a text, without its prefix; null: half of the model's positions.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary><c>&lt;|0.00|&gt;</c>.</summary>
    public int FirstTimestamp => NoTimestamps + 1;

    /// <summary>Whether the model detects languages and translates.</summary>
    public bool IsMultilingual => Languages.Count > 0;

    /// <summary>
    /// The prefix that is fed before the text: [previous text] start [language, task] [no timestamps]. At most the last
    /// <paramref name="maxPrevious"/> tokens of <paramref name="previous"/> are used.
    /// </summary>
    /// <exception cref="ArgumentException">The model does not have the language or task.</exception>
    public int[] Prefix(string? language, string task, bool timestamps, IReadOnlyList<int>? previous = null, int maxPrevious = 0)
    {
        List<int> prefix = [];
        if (StartOfPrevious is { } startOfPrevious && previous is { Count: > 0 } && maxPrevious > 0)
        {
            prefix.Add(startOfPrevious);
            prefix.AddRange(previous.Skip(Math.Max(0, previous.Count - maxPrevious)));
        }

        prefix.Add(Start);
        if (IsMultilingual)
        {
            prefix.Add(language is not null && Languages.TryGetValue(language, out var languageId) ? languageId
                : throw new ArgumentException($"Language \"{language}\"; the model has {string.Join(", ", Languages.Keys.Order(StringComparer.Ordinal))}.", nameof(language)));
            prefix.Add(Tasks.TryGetValue(task, out var taskId) ? taskId
                : throw new ArgumentException($"Task \"{task}\"; the model has {string.Join(", ", Tasks.Keys.Order(StringComparer.Ordinal))}.", nameof(task)));
        }
        else if (task != "transcribe")
        {
            throw new ArgumentException($"Task \"{task}\"; an English-only model supports transcribe only.", nameof(task));
        }

        if (!timestamps) prefix.Add(NoTimestamps);
        return [.. prefix];
    }
}
