namespace Qwen2Audio.Tasks.Results;

/// <summary>Words that the model probably made up: the audio does not seem to say them.</summary>
/// <param name="Text">The words.</param>
/// <param name="Start">Seconds from the beginning of the audio.</param>
/// <param name="End">Seconds from the beginning of the audio.</param>
/// <param name="Signs">Why, for people: "repetition: …", "silence: …", "not heard: …".</param>
public sealed record SuspectedText(string Text, double Start, double End, IReadOnlyList<string> Signs)
{
    /// <summary>The warning's code.</summary>
    internal const string Code = "hallucination-suspected";

    /// <summary>The segments with signs.</summary>
    internal static IReadOnlyList<SuspectedText> Of(IEnumerable<TranscribedSegment> segments) =>
        [.. segments.Where(segment => segment.MayBeMadeUp).Select(segment => new SuspectedText(segment.Text, segment.Start, segment.End, segment.Suspicions))];

    /// <summary>The words, those in the middle of suspected text marked.</summary>
    internal static IReadOnlyList<TranscribedWord> Mark(IReadOnlyList<TranscribedWord> words, IReadOnlyList<SuspectedText> suspected) => suspected.Count == 0 ? words
        : [.. words.Select(word => word with { MayBeMadeUp = suspected.Any(text => (word.Start + word.End) / 2 is var middle && middle >= text.Start && middle <= text.End) })];

    /// <summary>A warning for people.</summary>
    internal TaskWarning ToWarning() => new(Code, string.Create(CultureInfo.InvariantCulture, $"The text at {Start:F1}–{End:F1} s may be hallucinated ({string.Join("; ", Signs)})."));
}
