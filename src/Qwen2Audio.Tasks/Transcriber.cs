using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Transcribes speech. The audio is converted to the model's input and encoded once. The decoder decides whether it is speech; the
/// CTC head's beam search proposes texts, and the weighted sum of decoder and CTC scores chooses one.
/// </summary>
public sealed class Transcriber : ITranscriber
{
    private readonly SpeechModel _model;
    private readonly TranscriberOptions _options;

    /// <summary>Creates a transcriber. The model may be shared and stays the caller's to dispose.</summary>
    /// <exception cref="NotSupportedException">The model is of a kind that this class does not transcribe with.</exception>
    public Transcriber(SpeechModel model, TranscriberOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new TranscriberOptions();
        if (_options.BeamWidth is < 1 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(options), _options.BeamWidth, "BeamWidth must be 1 to 1024.");
        if (_options.CtcWeight is { } weight && !(weight is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(options), weight, "CtcWeight must be 0 to 1.");
        _ = model.Speech;
        _model = model;
    }

    public int SampleRate => _model.Info.SampleRate;

    public Transcription Transcribe(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _model.Gate.Run(Work(clip, [_options.Decoding], progress, cancellation), cancellation)[0];

    public async Task<Transcription> TranscribeAsync(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        (await _model.Gate.RunAsync(Work(clip, [_options.Decoding], progress, cancellation), cancellation).ConfigureAwait(false))[0];

    /// <summary>Transcribes with several decodings after encoding once. Each result's time is that of the shared part plus its own.</summary>
    public IReadOnlyList<Transcription> Transcribe(AudioClip clip, IReadOnlyList<Decoding> decodings) =>
        _model.Gate.Run(Work(clip, decodings, null, default));

    private Func<Transcription[]> Work(AudioClip clip, IReadOnlyList<Decoding> decodings, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        return () =>
        {
            using var scope = new CancellationScope(_model.Speech, cancellation);
            var encoded = ClipEncoder.Prepare(_model.Speech, clip, _options.MaxPieceSeconds, began, progress);
            return TranscribeEncoded(encoded, decodings);
        };
    }

    /// <summary>Transcribes prepared audio; the caller holds the model's gate.</summary>
    internal Transcription[] TranscribeEncoded(EncodedAudio encoded, IReadOnlyList<Decoding> decodings)
    {
        var began = Stopwatch.GetTimestamp();
        var model = _model.Speech;
        var choice = new TextChoice(
            model, _options.BeamWidth ?? model.Settings.CtcBeam, _options.CtcWeight ?? model.Settings.CtcWeight);
        var threshold = _options.SpeechGate ? _options.SpeechThreshold ?? model.Settings.SpeechThreshold : 0;
        var texts = decodings.Select(decoding => new PieceTexts(model.Tokenizer, choice, decoding)).ToArray();
        var pieces = new List<(double Seconds, double Speech)>();
        foreach (var piece in encoded.Pieces)
        {
            var speech = SpeechDetection.SpeechProbability(model, piece);
            pieces.Add((piece.Seconds, speech));
            if (speech < threshold) continue;
            foreach (var text in texts) text.Add(piece);
        }

        var shared = encoded.SecondsTaken + Stopwatch.GetElapsedTime(began).TotalSeconds - texts.Sum(text => text.SecondsTaken);
        return [.. texts.Select(text => Result(encoded, text, pieces, threshold, shared, model.Settings.Domain))];
    }

    private static Transcription Result(
        EncodedAudio encoded, PieceTexts text, List<(double Seconds, double Speech)> pieces, double threshold, double secondsShared, ModelDomain? domain)
    {
        List<TaskWarning> warnings = [.. encoded.Warnings, .. text.Warnings];
        var seconds = pieces.Sum(piece => piece.Seconds);
        var probability = seconds > 0 ? pieces.Select(piece => piece.Seconds * piece.Speech).Sum() / seconds : 0;
        var quiet = pieces.Count(piece => piece.Speech < threshold);
        if (quiet > 0 && quiet == pieces.Count)
            warnings.Add(new TaskWarning("no-speech", $"No speech was detected (probability of speech {probability:F2})."));
        else if (quiet > 0)
            warnings.Add(new TaskWarning("part-without-speech", $"In {quiet} of {pieces.Count} pieces no speech was detected."));
        if (text.Words.Count == 0 && quiet < pieces.Count)
            warnings.Add(new TaskWarning("no-words", probability >= 0.5
                ? $"Speech was detected (probability {probability:F2}), but no words were recognised."
                : $"No words were recognised (probability of speech {probability:F2})."));
        var low = text.Scores.Where(piece => piece.Score < domain?.MinTextScore).ToList();
        if (low.Count > 0) warnings.Add(domain!.OutOfDomain(low, text.Scores.Count));
        return new Transcription
        {
            Text = string.Join(' ', text.Words.Select(word => word.Text)),
            Words = text.Words,
            InDomain = text.Scores.Count > 0 && domain?.MinTextScore is not null ? low.Count == 0 : null,
            TextScore = text.Scores.Count > 0 ? text.Scores.Min(piece => piece.Score) : null,
            Warnings = warnings,
            Decoding = text.Decoding,
            SpeechProbability = probability,
            SecondsOfAudio = encoded.Seconds,
            SecondsTaken = secondsShared + text.SecondsTaken,
        };
    }
}
