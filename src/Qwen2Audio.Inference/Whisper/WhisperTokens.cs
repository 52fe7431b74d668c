namespace Qwen2Audio.Inference.Whisper;

/// <summary>The control tokens that steer Whisper, and the tokens that are kept out of its texts.</summary>
public sealed record WhisperTokens
{
    /// <summary>Seconds from one timestamp token to the next: two mel frames, one encoder row.</summary>
    public const double SecondsPerTimestamp = 0.02;

    /// <summary><c>&lt;|startoftranscript|&gt;</c>.</summary>
    public required int Start { get; init; }

    /// <summary><c>&lt;|endoftext|&gt;</c>: text tokens have lower ids.</summary>
    public required int End { get; init; }

    /// <summary><c>&lt;|notimestamps|&gt;</c>: asks for text alone. The timestamps' ids follow it.</summary>
    public required int NoTimestamps { get; init; }

    /// <summary><c>&lt;|nospeech|&gt;</c> (<c>&lt;|nocaptions|&gt;</c>), whose probability after the start says that nobody speaks.</summary>
    public required int NoSpeech { get; init; }

    /// <summary><c>&lt;|startofprev|&gt;</c>, in front of earlier text; null: the model has none.</summary>
    public int? StartOfPrevious { get; init; }

    /// <summary>Language code → id; empty in an English-only model, whose prefix has neither language nor task.</summary>
    public IReadOnlyDictionary<string, int> Languages { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>"transcribe" and "translate" → id.</summary>
    public IReadOnlyDictionary<string, int> Tasks { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Tokens that are never chosen.</summary>
    public IReadOnlyList<int> Suppressed { get; init; } = [];

    /// <summary>Tokens that are not chosen first.</summary>
    public IReadOnlyList<int> SuppressedFirst { get; init; } = [];

    /// <summary>Largest first timestamp, in steps; null: any.</summary>
    public int? MaxInitialTimestamp { get; init; }

    /// <summary>Most tokens of a sequence, prefix included, beside the model's positions; null: those alone.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Most tokens of a text, its prefix left out, where the caller does not say; null: half of the model's positions.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary><c>&lt;|0.00|&gt;</c>.</summary>
    public int FirstTimestamp => NoTimestamps + 1;

    /// <summary>Whether languages can be told and tasks chosen.</summary>
    public bool IsMultilingual => Languages.Count > 0;

    /// <summary>True for <c>&lt;|0.00|&gt;</c> and those that follow.</summary>
    public bool IsTimestamp(int token) => token >= FirstTimestamp;

    /// <summary>
    /// The prefix that is fed before the text: [previous text] start [language, task] [no timestamps]. Of <paramref name="previous"/> at
    /// most the last <paramref name="mostPrevious"/> tokens are taken.
    /// </summary>
    /// <exception cref="ArgumentException">A language or task that the model does not have.</exception>
    public int[] Prefix(string? language, string task, bool timestamps, IReadOnlyList<int>? previous = null, int mostPrevious = 0)
    {
        List<int> prefix = [];
        if (StartOfPrevious is { } startOfPrevious && previous is { Count: > 0 } && mostPrevious > 0)
        {
            prefix.Add(startOfPrevious);
            prefix.AddRange(previous.Skip(Math.Max(0, previous.Count - mostPrevious)));
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
            throw new ArgumentException($"Task \"{task}\"; an English-only model has transcribe.", nameof(task));
        }

        if (!timestamps) prefix.Add(NoTimestamps);
        return [.. prefix];
    }
}
