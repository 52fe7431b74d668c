using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Transcribes speech, or translates it into English, with a Whisper model. Longer recordings are processed window by window, each
/// beginning at the last timestamp of the one before; a warning says so, and the result lists the segments.
/// </summary>
public sealed class WhisperTranscriber : ITranscriber
{
    private readonly LoadedWhisper _speech;
    private readonly WhisperOptions _options;

    /// <summary>Creates a transcriber. The model may be shared and stays the caller's to dispose.</summary>
    /// <exception cref="ArgumentException">The model does not have the language or task, or an option is out of range.</exception>
    public WhisperTranscriber(LoadedWhisper speech, WhisperOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(speech);
        (_speech, _options) = (speech, speech.Start.Complete(options ?? new WhisperOptions(), speech));
        _options.Check();
        if (_options.Beams is < 1 or > GenerationOptions.MaxBeams)
            throw new OptionException($"Beams is {_options.Beams}; allowed: 1 to {GenerationOptions.MaxBeams}.");
        _options.BeamsOver(speech.Beams).Check();
    }

    public int SampleRate => LogMel.SampleRate;

    public Transcription Transcribe(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _speech.Gate.Run(Work(clip, progress, cancellation), cancellation);

    public async Task<Transcription> TranscribeAsync(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        await _speech.Gate.RunAsync(await Task.Run(() => Work(clip, progress, cancellation), cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    /// <summary>Computes the log-mel rows and returns the work that needs the model.</summary>
    private Func<Transcription> Work(AudioClip clip, IProgress<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        var sound = PreparedClip.Of(clip);
        var mel = sound.IsAudible ? new WhisperMel(sound.Clip.Samples, _speech.Model.Config.Encoder.NumMelBins, _speech.WindowFrames) : null;
        return () => Transcribe(clip, sound, mel, began, progress, cancellation);
    }

    private Transcription Transcribe(AudioClip clip, PreparedClip sound, WhisperMel? mel, long began, IProgress<double>? progress, CancellationToken cancellation)
    {
        var warnings = sound.Warnings;
        var transcription = new WindowedTranscription(_speech, _options, sound.Levels, sound.Clip.Seconds);
        if (mel is not null)
        {
            using var session = _speech.Begin(_options.BeamsOver(_speech.Beams).Beams, cancellation);
            transcription.Transcribe(session, mel, sound.Clip.Samples, progress, cancellation);
        }

        transcription.AddWarnings(warnings);
        var suspected = SuspectedText.Of(transcription.Segments);
        return new Transcription
        {
            Text = transcription.Text,
            Words = SuspectedText.Mark(transcription.Words, suspected),
            Suspected = suspected,
            Segments = transcription.Segments,
            Language = transcription.Language,
            LanguageProbability = transcription.LanguageProbability,
            Warnings = warnings,
            Decoding = Decoding.DecoderOnly,
            SpeechProbability = transcription.SpeechProbability,
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }
}
