using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Hearing;

namespace Qwen2Audio.Evaluation;

/// <summary>Asks a model everything that is measured about one clip after the other, and counts.</summary>
internal sealed class ValidationTally
{
    private static readonly Decoding[] Decodings = [Decoding.Combined, Decoding.CtcGreedy, Decoding.CtcOnly, Decoding.DecoderOnly];
    private readonly AudioModel _model;
    private readonly ValidationOptions _options;
    private readonly Transcriber _transcriber;
    private readonly (string By, Classifier Classifier)[] _classifiers;
    private readonly SortedDictionary<string, WordErrorRate> _words = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ConfusionCounts> _labels = new(StringComparer.Ordinal);
    private readonly List<string> _skipped = [];
    private int _rows, _speechRight, _sounds, _soundsWithWords, _wordsInSounds;
    private double _secondsOfAudio, _secondsTaken;

    public ValidationTally(AudioModel model, ValidationOptions options)
    {
        (_model, _options) = (model, options);
        _transcriber = new Transcriber(model, new TranscriberOptions { BeamWidth = options.BeamWidth, CtcWeight = options.CtcWeight });
        _classifiers =
        [
            ("as configured", new Classifier(model)),
            ("decoder", new Classifier(model, new ClassifierOptions { CtcWeight = 0 })),
            ("ctc", new Classifier(model, new ClassifierOptions { CtcWeight = 1 })),
        ];
    }

    /// <summary>True when two labels are the same but for case, underscores and spaces around them.</summary>
    public static bool SameLabel(string a, string b) => string.Equals(LabelPlan.Written(a), LabelPlan.Written(b), StringComparison.Ordinal);

    /// <summary>Counts a row that cannot be used.</summary>
    public void Skip(ManifestRow row, string reason) => _skipped.Add($"{row.Path}: {reason}");

    /// <summary>Measures a clip; <paramref name="task"/> is the label set that its text belongs to, null for free speech.</summary>
    public void Add(ManifestRow row, string? task, AudioClip clip)
    {
        _model.Gate.Run(() =>
        {
            var heard = Listening.Hear(_model.Speech, clip, new TranscriberOptions().MaxPieceSeconds, Stopwatch.GetTimestamp());
            var texts = _transcriber.Write(heard, Decodings);
            _rows++;
            _secondsOfAudio += clip.Seconds;
            _secondsTaken += texts[0].SecondsTaken;
            var sound = task == LabelPlan.Sound;
            if (texts[0].SpeechProbability >= 0.5 != sound) _speechRight++;
            if (task is not null) AddLabel(row, task, heard);
            if (sound) AddSound(texts[0]);
            else AddWords(task ?? row.Dataset, row.Text, texts);
            return true;
        });
    }

    /// <summary>All figures.</summary>
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

        measures.Add(new ValidationMeasure("accuracy", "speech or other sound", "decoder", Share(_speechRight, _rows), _speechRight, _rows, "clips"));
        if (_sounds > 0)
            measures.Add(new ValidationMeasure("sounds that yield words", LabelPlan.Sound, "combined", Share(_soundsWithWords, _sounds),
                _soundsWithWords, _sounds, $"{_wordsInSounds} words"));
        var width = _options.BeamWidth ?? _model.Info.CtcBeam;
        return new ValidationResult
        {
            Model = _model.Info.Path,
            Manifest = _options.Manifest,
            Split = _options.Split,
            Normaliser = TextNormaliser.LowerWords.Name,
            Decoding = (_model.Info with { CtcBeam = width, CtcWeight = _options.CtcWeight ?? _model.Info.CtcWeight }).Decoding,
            Measures = measures,
            Mistakes = _labels.Where(pair => By(pair.Key) == _classifiers[0].By)
                .ToDictionary(pair => On(pair.Key), pair => pair.Value.Mistakes(), StringComparer.Ordinal),
            Rows = _rows,
            Skipped = _skipped,
            SecondsOfAudio = _secondsOfAudio,
            SecondsTaken = _secondsTaken,
        };
    }

    private void AddLabel(ManifestRow row, string task, HeardAudio heard)
    {
        var plan = LabelPlan.Make(_model.Speech.Settings, task, null);
        var truth = plan.Groups[0].Labels.First(label => SameLabel(label, row.Text));
        foreach (var (by, classifier) in plan.Groups[0].Spoken ? _classifiers : _classifiers[..1])
            Of(_labels, task, by).Add(truth, classifier.Answer(heard, plan, open: false).Best);
    }

    private void AddSound(Transcription text)
    {
        _sounds++;
        if (text.Words.Count > 0) _soundsWithWords++;
        _wordsInSounds += text.Words.Count;
    }

    private void AddWords(string on, string reference, Transcription[] texts)
    {
        for (var i = 0; i < Decodings.Length; i++)
            Of(_words, on, Decodings[i] switch
            {
                Decoding.Combined => "combined",
                Decoding.CtcGreedy => "ctc greedy",
                Decoding.CtcOnly => "ctc beam",
                _ => "decoder",
            }).Add(reference, texts[i].Text);
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
