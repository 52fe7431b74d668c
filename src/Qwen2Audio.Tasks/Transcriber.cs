using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Resampling;
using Qwen2Audio.Checkpoints.Punctuation;
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
        _model.Gate.Run(Work(clip, progress), cancellation);

    public async Task<Transcription> TranscribeAsync(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        await _model.Gate.RunAsync(Work(clip, progress), cancellation).ConfigureAwait(false);

    /// <summary>Transcribes a clip that the model has encoded, on the caller's thread.</summary>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="ArgumentException">Another model encoded the clip.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Transcription Transcribe(EncodedClip clip, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        clip.Require(_model.Speech);
        return _model.Gate.Run(() => Answer(clip), cancellation);
    }

    /// <summary>Begins to transcribe audio while it arrives.</summary>
    /// <exception cref="NotSupportedException">The model was trained for whole clips only.</exception>
    public TranscriptionStream Stream() => new(_model, this, _options);

    /// <summary>Transcribes audio that comes in pieces of any length; memory does not grow.</summary>
    /// <param name="pieces">Samples, interleaved, full scale ±1; whole frames.</param>
    /// <param name="form">Their sampling rate and channels.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>Texts as they change; final ones at the ends of utterances and of the audio. The last one has the warnings of the whole audio.</returns>
    /// <exception cref="NotSupportedException">The model was trained for whole clips only.</exception>
    /// <exception cref="ArgumentException">A sample is not finite, or a piece is not of whole frames.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<PartialTranscription> TranscribeAsync(
        IAsyncEnumerable<ReadOnlyMemory<float>> pieces, AudioForm form, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        using var stream = Stream();
        var converted = new List<float>();
        var conversion = new AudioConversion(form, new AudioForm(SampleRate, 1), samples => converted.AddRange(samples));
        await foreach (var piece in pieces.WithCancellation(cancellation).ConfigureAwait(false))
        {
            if (piece.Length % form.Channels != 0) throw new ArgumentException($"A piece of {piece.Length} samples is not of whole frames of {form.Channels} channels.", nameof(pieces));
            conversion.Add(piece.Span);
            await foreach (var text in stream.AddAsync(Taken(), cancellation).ConfigureAwait(false)) yield return text;
        }

        conversion.Finish();
        await foreach (var text in stream.AddAsync(Taken(), cancellation).ConfigureAwait(false)) yield return text;
        foreach (var text in await stream.FinishAsync(conversion.Warnings, cancellation).ConfigureAwait(false)) yield return text;

        float[] Taken()
        {
            var samples = converted.ToArray();
            converted.Clear();
            return samples;
        }
    }

    /// <summary>Whether the model was trained for audio that arrives in pieces.</summary>
    public bool CanStream => _model.Speech.StreamingDelay is not null;

    /// <summary>Transcribes the audio of a stream, from its current position on, while it arrives; memory does not grow. It is read with <see cref="System.IO.Stream.ReadAsync(Memory{byte}, CancellationToken)"/> only, on a thread of its own.</summary>
    /// <param name="audio">A file's bytes.</param>
    /// <param name="reading">Limits for the audio; null: the defaults of <see cref="AudioReadOptions"/>.</param>
    /// <param name="cancellation">Ends waiting at once, also for the stream, and computing between two layers.</param>
    /// <returns>Texts as they change; final ones at the ends of utterances and of the audio. The last one has the warnings of the whole audio.</returns>
    /// <exception cref="NotSupportedException">The model was trained for whole clips only.</exception>
    /// <exception cref="AudioFormatException">The content is not usable audio from some place on.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<PartialTranscription> StreamAsync(
        Stream audio, AudioReadOptions? reading = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(audio);
        using var stream = Stream();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pieces = Channel.CreateBounded<float[]>(16); // the reading thread waits when it is ahead
        var read = Read();
        try
        {
            await foreach (var piece in pieces.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
                await foreach (var text in stream.AddAsync(piece, stop.Token).ConfigureAwait(false)) yield return text;
            foreach (var text in await stream.FinishAsync(await read.ConfigureAwait(false), stop.Token).ConfigureAwait(false)) yield return text;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<IReadOnlyList<AudioWarning>> Read()
        {
            try
            {
                return await AudioFile.ReadPiecesAsync(audio, new AudioForm(SampleRate, 1),
                    samples => pieces.Writer.WriteAsync(samples.ToArray(), stop.Token).AsTask().GetAwaiter().GetResult(), reading, cancellation: stop.Token).ConfigureAwait(false);
            }
            finally
            {
                pieces.Writer.Complete();
            }
        }
    }

    private Func<Transcription> Work(AudioClip clip, IProgress<double>? progress)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        return () => Answer(ClipEncoder.Prepare(_model.Speech, clip, _options.MaxPieceSeconds, began, progress));
    }

    /// <summary>The beginning of a text as it is written.</summary>
    internal string Written(string beginning) => beginning.Length == 0 || Punctuator is not { } punctuator ? beginning : string.Join(' ', punctuator.Write(beginning.Split(' '), ends: false));

    private Punctuator? Punctuator => _options.Plain ? null : _model.Speech.Settings.Punctuator;

    private IReadOnlyList<TranscribedWord> Written(PieceTexts text)
    {
        var words = text.Words;
        if (Punctuator is not { } punctuator) return words;
        var written = punctuator.Write([.. words.Select(word => word.Text)], text.IsTimed ? [.. words.Zip(words.Skip(1), (word, next) => next.Start - word.End)] : null);
        return [.. words.Zip(written, (word, printed) => word with { Text = printed })];
    }

    /// <summary>Transcribes an encoded clip; the caller holds the model's gate.</summary>
    internal Transcription Answer(EncodedClip clip)
    {
        var began = Stopwatch.GetTimestamp();
        var model = _model.Speech;
        var choice = new TextChoice(model, _options.BeamWidth ?? model.Settings.CtcBeam, _options.CtcWeight ?? model.Settings.CtcWeight);
        var threshold = _options.SpeechGate ? _options.SpeechThreshold ?? model.Settings.SpeechThreshold : 0;
        var domain = model.Settings.Domain;
        var text = new PieceTexts(model, choice, _options.Decoding);
        var pieces = new List<(double Seconds, double Speech)>();
        var (quiet, takesRecognised) = (0, _options.SpeechThreshold is null && domain?.MinTextScore is not null); // words that are clearly recognised are speech, too
        foreach (var piece in clip.Pieces)
        {
            var speech = SpeechDetection.SpeechProbability(model, piece);
            pieces.Add((piece.Seconds, speech));
            if (speech >= threshold) text.Add(piece);
            else if (!(takesRecognised && text.Add(piece, onlyInDomain: true))) quiet++;
        }

        List<TaskWarning> warnings = [.. clip.Warnings, .. text.Warnings];
        var seconds = pieces.Sum(piece => piece.Seconds);
        var probability = seconds > 0 ? pieces.Select(piece => piece.Seconds * piece.Speech).Sum() / seconds : 0;
        if (quiet > 0 && quiet == pieces.Count)
            warnings.Add(new TaskWarning("no-speech", $"No speech was detected (probability of speech {probability:F2})."));
        else if (quiet > 0)
            warnings.Add(new TaskWarning("part-without-speech", $"In {quiet} of {pieces.Count} pieces no speech was detected."));
        if (text.Words.Count == 0 && quiet < pieces.Count)
            warnings.Add(new TaskWarning("no-words", probability >= 0.5
                ? $"Speech was detected (probability {probability:F2}), but no words were recognised."
                : $"No words were recognised (probability of speech {probability:F2})."));
        var scores = domain is { Words: { } calibration, MinTextScore: not null } ? text.Pieces.Select(piece => (piece.Start, Score: ModelDomain.TextScore(calibration, piece.Words))).ToList() : [];
        var low = scores.Where(piece => piece.Score < domain!.MinTextScore).ToList();
        if (low.Count > 0) warnings.Add(domain!.OutOfDomain(low, scores.Count));
        warnings.AddRange(text.Suspected.Select(suspected => suspected.ToWarning()));
        var words = Written(text);
        return new Transcription
        {
            Text = string.Join(' ', words.Select(word => word.Text)),
            Words = SuspectedText.Mark(words, text.Suspected),
            Suspected = text.Suspected,
            InDomain = scores.Count > 0 ? low.Count == 0 : null,
            Evidence = [.. text.Pieces.Select(piece => piece.Words)],
            Warnings = warnings,
            Decoding = _options.Decoding,
            SpeechProbability = probability,
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = clip.SecondsTaken + Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }
}
