using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Calibration;

namespace Qwen2Audio.Evaluation;

/// <summary>Accumulates counts over clips.</summary>
internal sealed class ValidationTally(EvaluatedModel model, ValidationOptions options)
{
    /// <summary>Name of a model's default way to choose labels.</summary>
    public const string UsualLabels = "as configured";

    private readonly SortedDictionary<string, WordErrorRate> _words = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ConfusionCounts> _labels = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CalibrationError> _confidences = new(StringComparer.Ordinal);
    private readonly List<string> _skipped = [];
    private int _rows, _speechAsked, _speechRight, _sounds, _soundsWithWords, _wordsInSounds;
    private double _secondsOfAudio, _secondsTaken;

    /// <summary>Counts a clip.</summary>
    public void Add(EvaluatedClip clip)
    {
        if (clip.Error is { } error)
        {
            _skipped.Add(RowCheck.Named(clip.Path, error));
            return;
        }

        _rows++;
        _secondsOfAudio += clip.Seconds;
        _secondsTaken += clip.SecondsTaken;
        var sound = clip.LabelSet == LabelSet.Sound && clip.Texts is not null;
        if (clip.SpeechProbability is { } speech)
        {
            _speechAsked++;
            if (speech >= 0.5 != sound) _speechRight++;
        }

        foreach (var (by, label) in clip.Labels ?? new Dictionary<string, string>(StringComparer.Ordinal))
            Of(_labels, clip.LabelSet!, by).Add(LabelSet.Spelled(clip.Reference), LabelSet.Spelled(label));
        if (sound) AddSound(clip.Hypothesis!);
        else
        {
            foreach (var (by, text) in clip.Texts ?? new Dictionary<string, string>(StringComparer.Ordinal))
                Of(_words, clip.LabelSet ?? clip.Dataset, by).Add(clip.Reference, text);
            if (clip.Confidences is { } confidences) AddConfidences(clip, confidences);
        }
    }

    /// <summary>The result so far.</summary>
    public ValidationResult Result()
    {
        var measures = new List<ValidationMeasure>();
        foreach (var (key, counts) in _labels)
            measures.Add(new ValidationMeasure("accuracy", On(key), By(key), Share(counts.Right, counts.Total), counts.Right, counts.Total, "clips, closed set"));
        foreach (var (key, rate) in _words)
        {
            var counts = rate.Counts;
            measures.Add(new ValidationMeasure("word error rate", On(key), By(key), Share(counts.Errors, counts.Reference), counts.Errors, counts.Reference,
                $"{counts.Substitutions} S, {counts.Deletions} D, {counts.Insertions} I; {rate.ExactPairs} of {rate.Pairs} clips exact"));
        }

        foreach (var (key, errors) in _confidences)
            measures.Add(new ValidationMeasure("calibration error", On(key), By(key), errors.Value, errors.Right, errors.Words, $"right words; mean confidence {errors.MeanConfidence:P1}"));
        if (_speechAsked > 0 || _rows == 0)
            measures.Add(new ValidationMeasure("accuracy", "speech or other sound", "decoder", Share(_speechRight, _speechAsked), _speechRight, _speechAsked, "clips"));
        if (_sounds > 0)
            measures.Add(new ValidationMeasure("sounds that yield words", LabelSet.Sound, "combined", Share(_soundsWithWords, _sounds),
                _soundsWithWords, _sounds, $"{_wordsInSounds} words"));
        return new ValidationResult
        {
            Model = model.Name,
            Manifest = options.Manifest,
            Split = options.Split,
            Normaliser = TextNormaliser.LowerWords.Name,
            Decoding = model.Decoding,
            Measures = measures,
            Mistakes = _labels.Where(pair => By(pair.Key) == UsualLabels)
                .ToDictionary(pair => On(pair.Key), pair => pair.Value.Mistakes(), StringComparer.Ordinal),
            Rows = _rows,
            Skipped = _skipped,
            SecondsOfAudio = _secondsOfAudio,
            SecondsTaken = _secondsTaken,
        };
    }

    private void AddConfidences(EvaluatedClip clip, IReadOnlyList<double> confidences)
    {
        var words = clip.Hypothesis!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != confidences.Count) return;
        var right = WordMatches.Right(clip.Reference, words);
        for (var word = 0; word < words.Length; word++)
            foreach (var on in new[] { clip.LabelSet ?? clip.Dataset, "all words" }) Of(_confidences, on, clip.Texts!.First().Key).Add(confidences[word], right[word]);
    }

    private void AddSound(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        _sounds++;
        if (words > 0) _soundsWithWords++;
        _wordsInSounds += words;
    }

    private static double? Share(int count, int total) => total == 0 ? null : (double)count / total;

    private static T Of<T>(SortedDictionary<string, T> counts, string on, string by)
        where T : new()
    {
        var key = $"{on}\t{by}";
        return counts.TryGetValue(key, out var known) ? known : counts[key] = new T();
    }

    private static string On(string key) => key[..key.IndexOf('\t', StringComparison.Ordinal)];

    private static string By(string key) => key[(key.IndexOf('\t', StringComparison.Ordinal) + 1)..];
}
