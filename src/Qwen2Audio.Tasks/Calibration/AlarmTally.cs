using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Recognition;

namespace Qwen2Audio.Tasks.Calibration;

/// <summary>Counts false and missed alarms.</summary>
internal sealed class AlarmTally
{
    /// <summary>The name of the test of words that are not in the audio.</summary>
    public const string Hallucinations = "hallucinations";

    private readonly Dictionary<(string Of, string On, bool Inside), (int Count, int Total)> _counts = [];

    /// <summary>The counts, false alarms first.</summary>
    public IReadOnlyList<AlarmRate> Rates =>
    [
        .. _counts.Select(pair => new AlarmRate(pair.Key.Of, pair.Key.On, pair.Key.Inside, pair.Value.Count, pair.Value.Total))
            .OrderBy(rate => rate.Of == SpeechDetection.Transcribe ? "" : rate.Of, StringComparer.Ordinal).ThenByDescending(rate => rate.InDomain),
    ];

    /// <summary>
    /// Counts a clip under a name. The text of another clip without a warning is a missed alarm. Words without a warning for other sounds or for speech outside the domain are missed alarms. Clips
    /// of one label set are outside all other sets. Free speech of the domain may contain words of the sets, so it is outside sounds only.
    /// </summary>
    /// <param name="domain">The thresholds.</param>
    /// <param name="on">The name.</param>
    /// <param name="set">The clip's label set; null for free speech.</param>
    /// <param name="inside">Whether the clip is in the model's domain.</param>
    /// <param name="clip">The clip's scores.</param>
    public void Add(ModelDomain domain, string on, string? set, bool inside, ScoredClip clip)
    {
        if (domain.MinTextScore is { } least)
        {
            var score = clip.Text(domain.Words);
            var speech = inside && set != LabelSet.Sound;
            Count(SpeechDetection.Transcribe, on, speech, speech ? score < least : score >= least);
        }

        if (domain.Hallucinations is { } test)
        {
            if (inside && set != LabelSet.Sound) Count(Hallucinations, on, true, clip.Words.Any(piece => test.Find(piece).Count > 0));
            if (clip.OtherText.Length > 0) Count(Hallucinations, $"{on}, other text", false, test.Find(clip.OtherText).Count == 0);
        }

        foreach (var name in domain.LabelSets.Keys)
        {
            var own = inside && set == name;
            if (!own && inside && set is null && name != LabelSet.Sound) continue;
            Count(name, on, own, domain.Holds(name, clip.Pieces, out _) == !own); // a silent clip has no labels and a warning
        }
    }

    private void Count(string of, string on, bool inside, bool counts)
    {
        var (count, total) = _counts.GetValueOrDefault((of, on, inside));
        _counts[(of, on, inside)] = (count + (counts ? 1 : 0), total + 1);
    }
}
