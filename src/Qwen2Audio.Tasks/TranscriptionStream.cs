using System.Runtime.CompilerServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Transcribes audio while it arrives. The encoder runs chunk by chunk, and the CTC beam search gives partial texts. An utterance ends at a pause of 0.8 s, or when it
/// is as long as the model or <see cref="TranscriberOptions.MaxPieceSeconds"/> allow, but at least one chunk of the encoder; then its final text is chosen like that of a clip.
/// Memory does not grow. Not for several callers at once. A call that throws leaves audio out, so it ends the stream.
/// </summary>
public sealed class TranscriptionStream : IDisposable
{
    private const double Pause = 0.8;
    private readonly SpeechModel _model;
    private readonly Transcriber _transcriber;
    private readonly TranscriberOptions _options;
    private StreamedUtterance? _utterance;
    private long _start; // of the utterance, in samples
    private bool _heard; // an utterance with a text has ended
    private bool _ended;
    private bool _isBroken; // samples were left out
    private bool _isDisposed;

    internal TranscriptionStream(SpeechModel model, Transcriber transcriber, TranscriberOptions options)
    {
        (_model, _transcriber, _options) = (model, transcriber, options);
        if (!(options.MaxPieceSeconds >= 1)) throw new ArgumentOutOfRangeException(nameof(options), options.MaxPieceSeconds, "The maximum piece length must be at least 1 second.");
        Delay = model.Speech.StreamingDelay ?? throw new NotSupportedException(
            $"{model.Info.Path} was trained for whole clips only: audio_config of its config.json has no chunk_rows; allowed: a model trained with streaming in its recipe.");
    }

    /// <summary>A text contains what was said this many seconds ago, not counting the computing.</summary>
    public double Delay { get; }

    /// <summary>Adds samples.</summary>
    /// <param name="samples">Any number of mono samples at the model's sampling rate, full scale ±1.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>Texts that changed, in order.</returns>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    /// <exception cref="InvalidOperationException">The stream was ended, or an earlier call failed or was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The stream or its model was disposed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<PartialTranscription> Add(ReadOnlySpan<float> samples, CancellationToken cancellation = default)
    {
        var results = new List<PartialTranscription>();
        foreach (var part in Parts(samples.ToArray())) results.AddRange(_model.Gate.Run(Work(part), cancellation));
        return results;
    }

    /// <summary>Ends the stream. The last result is final, and may have no text.</summary>
    /// <param name="warnings">Warnings about the audio, for the last result.</param>
    /// <param name="cancellation">As for <see cref="Add"/>.</param>
    /// <inheritdoc cref="Add"/>
    public IReadOnlyList<PartialTranscription> Finish(IEnumerable<AudioWarning>? warnings = null, CancellationToken cancellation = default) =>
        _model.Gate.Run(End(warnings ?? []), cancellation);

    /// <inheritdoc cref="Add"/>
    internal async IAsyncEnumerable<PartialTranscription> AddAsync(ReadOnlyMemory<float> samples, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var part in Parts(samples))
            foreach (var result in await _model.Gate.RunAsync(Work(part), cancellation).ConfigureAwait(false)) yield return result;
    }

    /// <inheritdoc cref="Finish"/>
    internal Task<List<PartialTranscription>> FinishAsync(IEnumerable<AudioWarning> warnings, CancellationToken cancellation) =>
        _model.Gate.RunAsync(End(warnings), cancellation);

    public void Dispose()
    {
        _isDisposed = true;
        _utterance?.Dispose();
    }

    private void ThrowIfOver()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_ended) throw new InvalidOperationException("The stream has ended.");
        if (_isBroken) throw new InvalidOperationException("An earlier call failed or was cancelled, so audio is missing; begin a new stream.");
    }

    // the model is taken for a second at a time
    private IEnumerable<ReadOnlyMemory<float>> Parts(ReadOnlyMemory<float> samples)
    {
        ThrowIfOver();
        var second = _model.Info.SampleRate;
        for (var first = 0; first < samples.Length; first += second)
        {
            _isBroken = true; // unless the caller comes back for the next part
            yield return samples.Slice(first, Math.Min(second, samples.Length - first));
            _isBroken = false;
        }
    }

    private Func<List<PartialTranscription>> Work(ReadOnlyMemory<float> samples) => () =>
    {
        var results = new List<PartialTranscription>();
        Hear(samples.Span, results);
        return results;
    };

    // up to the next rows at a time, so that results do not depend on how the samples are divided
    private void Hear(ReadOnlySpan<float> samples, List<PartialTranscription> results)
    {
        while (samples.Length > 0)
        {
            var utterance = _utterance ??= new StreamedUtterance(_model.Speech, _options);
            var count = Math.Min(samples.Length, utterance.Wanted);
            utterance.Add(samples[..count]);
            samples = samples[count..];
            if (utterance.Cut(Pause, out var inSound) is { } rows)
            {
                var rest = utterance.SamplesFrom(rows);
                if (utterance.HasWords) results.Add(Final(utterance, rows, inSound ? [new TaskWarning("split-in-sound", $"No pause was found until {Seconds(_start + utterance.SamplesOf(rows)):F1} s; a word there may be cut.")] : []));
                Next(utterance, rows);
                Hear(rest, results);
            }
            else if (utterance.ChangedText() is { } text) results.Add(new PartialTranscription(_transcriber.Written(text), Seconds(_start), Seconds(_start + utterance.SamplesOf(utterance.Rows))));
        }
    }

    private Func<List<PartialTranscription>> End(IEnumerable<AudioWarning> warnings) => () =>
    {
        ThrowIfOver();
        _ended = true;
        var utterance = _utterance ??= new StreamedUtterance(_model.Speech, _options);
        utterance.End();
        var results = new List<PartialTranscription> { Final(utterance, utterance.Rows, [.. warnings.Select(TaskWarning.Of)], isLast: true) };
        Next(utterance, utterance.Rows);
        return results;
    };

    private void Next(StreamedUtterance utterance, int rows)
    {
        _heard |= utterance.HasWords;
        _start += utterance.SamplesOf(rows);
        _utterance = null;
        utterance.Dispose();
    }

    private PartialTranscription Final(StreamedUtterance utterance, int rows, IReadOnlyList<TaskWarning> warnings, bool isLast = false)
    {
        var length = isLast ? utterance.Length : utterance.SamplesOf(rows);
        var piece = utterance.Piece(rows, length, Seconds(_start));
        List<TaskWarning> all = [.. warnings];
        // the end of a stream in which something was recognised may well be quiet
        var isNeeded = utterance.HasWords || !_heard;
        if (isNeeded && _start + length == 0) all.Add(new TaskWarning("empty", "There are no samples."));
        else if (isNeeded && piece is null) all.Add(new TaskWarning("too-short", $"Audio of {Seconds(length):F3} s is too short for the model."));
        else if (isNeeded && piece!.Levels.IsSilent) all.Add(new TaskWarning("silence", $"The audio is silent (largest sample {piece.Levels.Peak:G2} of full scale)."));
        var encoded = new EncodedClip(_model.Speech, Seconds(length), isNeeded && piece is { Levels.IsSilent: false } ? [piece] : [], all, utterance.SecondsTaken);
        var result = _transcriber.Answer(encoded);
        return new PartialTranscription(result.Text, Seconds(_start), Seconds(_start + length)) { Final = result };
    }

    private double Seconds(long samples) => (double)samples / _model.Info.SampleRate;
}
