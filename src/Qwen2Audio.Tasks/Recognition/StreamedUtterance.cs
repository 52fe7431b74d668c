using System.Diagnostics;
using System.Runtime.InteropServices;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>An utterance of a stream: its samples, its encoder rows, and the beam search over them.</summary>
internal sealed class StreamedUtterance : IDisposable
{
    private const double MinShare = 0.4; // a long utterance is not cut before this fraction of it
    private const double ShortestPause = 0.12; // seconds; a shorter one may be within a word
    private const double Kept = 1; // seconds kept of a long stretch without words, in which one may have begun
    private readonly ISpeechNetwork _model;
    private readonly IUtteranceEncoder _encoder;
    private readonly CtcBeamSearch _beam;
    private readonly LexiconBeamSearch.Progress? _words;
    private readonly HashSet<int> _excluded;
    private readonly List<float> _samples = [];
    private readonly List<bool> _blank = []; // whether the blank is the most probable class of a row
    private readonly int _longest; // in rows
    private string _text = "";
    private bool _changed;
    private bool _wasGiven;

    public StreamedUtterance(ISpeechNetwork model, TranscriberOptions options)
    {
        (_model, _encoder) = (model, model.Begin());
        _excluded = WordUnits.NotText(model.Tokenizer, _encoder.Classes);
        _beam = new CtcBeamSearch(options.BeamWidth ?? model.Settings.CtcBeam, _excluded, scorer: model.Settings.LanguageModel?.Over(model.Tokenizer));
        _words = model.Settings.Lexicon?.Begin();
        _longest = RowsOf(Math.Min(options.MaxPieceSeconds, model.LongestSeconds));
    }

    /// <summary>Encoder rows that are known.</summary>
    public int Rows => _blank.Count;

    /// <summary>Number of samples.</summary>
    public int Length => _samples.Count;

    /// <summary>Number of further samples with which the next rows become known.</summary>
    public int Wanted => _encoder.NextAt - Length;

    /// <summary>Whether words seem to have been said: a row has a label as its most probable class, or a text was given out, which the beam search finds in less probable labels too.</summary>
    public bool HasWords => _wasGiven || _blank.Contains(false);

    /// <summary>Time that encoding and the beam search took, in seconds.</summary>
    public double SecondsTaken { get; private set; }

    public void Add(ReadOnlySpan<float> samples) => Add(samples, ends: false);

    public void End() => Add([], ends: true);

    /// <summary>
    /// The number of rows after which the utterance ends; null: it goes on. It ends after words and a pause, or when the next chunk would make it too long: then in the
    /// longest pause, or, <paramref name="inSound"/>, in a word.
    /// </summary>
    public int? Cut(double pause, out bool inSound)
    {
        inSound = false;
        var last = _blank.LastIndexOf(false);
        if (last >= 0 && Rows - 1 - last >= RowsOf(pause)) return Rows;
        if (Rows == 0 || Rows + _encoder.ChunkRows <= _longest) return null; // at least one chunk, however short the limit
        if (last < 0) return Even(Math.Max(_encoder.ChunkRows, Rows - RowsOf(Kept)));
        var (start, length) = LongestPause((int)(MinShare * Rows));
        inSound = length < RowsOf(ShortestPause);
        return inSound ? Rows : Math.Max(2, Even(start + length / 2));
    }

    /// <summary>The text so far, if it changed since the last call.</summary>
    public string? ChangedText()
    {
        var changed = _changed;
        _changed = false;
        _wasGiven |= changed;
        return changed ? _text : null;
    }

    /// <summary>Samples of a number of rows; the last row may be incomplete.</summary>
    public int SamplesOf(int rows) => Math.Min(Length, rows * _encoder.RowSamples);

    /// <summary>The samples after a number of rows.</summary>
    public float[] SamplesFrom(int rows) => [.. CollectionsMarshal.AsSpan(_samples)[SamplesOf(rows)..]];

    /// <inheritdoc cref="IUtteranceEncoder.Piece"/>
    public EncodedPiece? Piece(int rows, int samples, double start) => _encoder.Piece(rows, CollectionsMarshal.AsSpan(_samples)[..samples], start);

    public void Dispose() => _encoder.Dispose();

    private void Add(ReadOnlySpan<float> samples, bool ends)
    {
        var began = Stopwatch.GetTimestamp();
        _encoder.Add(samples, ends);
        _samples.AddRange(samples);
        var rows = Rows;
        while (Rows < _encoder.Rows)
        {
            var logs = _encoder.Row(Rows);
            if (_words is null) _beam.Add(logs);
            _blank.Add(IsBlank(logs));
        }

        if (Rows > rows && Text(rows) is var text && text != _text) (_text, _changed) = (text, true);
        SecondsTaken += Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private string Text(int first) => _words is null ? TextOfUnits() : _model.Settings.Lexicon!.Add(_words, _encoder.Phones(first) ?? throw new InvalidOperationException("A lexicon is of models with a phone head."));

    private string TextOfUnits() => _beam.Candidates(ends: false).Select(candidate => WordUnits.Text(_model.Tokenizer, candidate.Ids)).FirstOrDefault(text => text is not null) ?? "";

    private bool IsBlank(ReadOnlySpan<float> logs)
    {
        for (var c = 1; c < logs.Length; c++)
            if (logs[c] > logs[CtcPosteriors.Blank] && !_excluded.Contains(c)) return false;
        return true;
    }

    private (int Start, int Length) LongestPause(int from)
    {
        var (best, longest) = (Rows, 0);
        for (int row = from, length = 0; row < Rows; row++)
        {
            length = _blank[row] ? length + 1 : 0;
            if (length >= longest && length > 0) (best, longest) = (row + 1 - length, length); // the last among equals
        }

        return (best, longest);
    }

    private int RowsOf(double seconds) => (int)(seconds * _model.SampleRate / _encoder.RowSamples);

    private static int Even(int rows) => rows / 2 * 2;
}
