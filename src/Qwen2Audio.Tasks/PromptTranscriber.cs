using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Transcribes speech by prompting a Qwen2-Audio model piece by piece. Decoding is greedy, even if the folder's
/// generation_config.json enables sampling. The pieces are the segments of the result. The model gives neither word times
/// nor a probability of speech.
/// </summary>
public sealed class PromptTranscriber : ITranscriber
{
    private static readonly WhisperOptions Limits = new(); // of signs of hallucination
    private readonly ChatModel _model;
    private readonly PromptOptions _options;

    /// <summary>Creates a transcriber. The model may be shared and stays the caller's to dispose.</summary>
    /// <exception cref="NotSupportedException">The model does not take audio.</exception>
    public PromptTranscriber(ChatModel model, PromptOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.AcceptsAudio) throw new NotSupportedException($"{model.Path}: a {model.Kind} model does not take audio; qwen2_audio does.");
        (_model, _options) = (model, options ?? new PromptOptions());
    }

    public int SampleRate => LogMel.SampleRate;

    public Transcription Transcribe(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ModelGate.Wait(() => TranscribeAsync(clip, progress, cancellation));

    public async Task<Transcription> TranscribeAsync(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        List<TaskWarning> warnings = [];
        var pieces = await Task.Run(() => PromptPieces.Of(clip, _model, _options.MaxPieceSeconds, warnings), cancellation).ConfigureAwait(false);
        var language = _options.Prompt is null ? PromptPieces.Language(_model.Tokenizer, _options.Language) : null;
        var isTold = language is null && _options.Prompt is null;
        var prompt = _options.Prompt is { } question ? PromptPieces.Turn(_model, question)
            : PromptPieces.Plain(_model.Tokenizer, "Detect the language and recognize the speech: ", language);
        var segments = new List<TranscribedSegment>();
        var words = new List<TranscribedWord>();
        foreach (var piece in pieces)
        {
            var most = _options.MaxNewTokens ?? (int)(16 + 12 * (piece.End - piece.Start));
            using var run = await _model.StartAsync(prompt, [piece.Clip], new AnswerOptions { MaxNewTokens = most, Sample = false }, cancellation).ConfigureAwait(false);
            var reply = await run.FinishAsync(cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(piece.End / pieces[^1].End);
            if (reply.Ended == FinishReason.Length)
                warnings.Add(new TaskWarning("unended", $"The text of the piece at {piece.Start:F1} s did not end within {most} tokens."));
            warnings.AddRange(reply.Warnings.Where(warning => warning.Code != ChatReply.Cut && !warnings.Contains(warning)));
            var (told, text, tokens) = isTold ? WithoutLanguage(reply.Text, run.Tokens) : (null, reply.Text, run.Tokens);
            language ??= told;
            if (text.Trim().Length == 0) continue;
            segments.Add(Segment(piece, text.Trim(), tokens, isTranscript: _options.Prompt is null));
            words.AddRange(Words(piece, tokens, language));
        }

        var suspected = SuspectedText.Of(segments);
        warnings.AddRange(suspected.Select(text => text.ToWarning()));
        if (pieces.Count > 0 && segments.Count == 0) warnings.Add(new TaskWarning("no-words", "The model's answer has no words."));
        if (words.Count > 0)
            warnings.Add(new TaskWarning("times-unknown", "The model does not say when a word is spoken; the words of a piece share its time."));
        return new Transcription
        {
            Text = string.Join(' ', segments.Select(segment => segment.Text)),
            Words = SuspectedText.Mark(words, suspected),
            Suspected = suspected,
            Segments = segments,
            Language = language,
            Warnings = warnings,
            Decoding = Decoding.DecoderOnly,
            SpeechProbability = null,
            SecondsOfAudio = clip.Seconds,
            SecondsTaken = Stopwatch.GetElapsedTime(began).TotalSeconds,
        };
    }

    /// <summary>Removes the language token from the start of an answer, if the model detected the language.</summary>
    private (string? Language, string Text, GeneratedSequence Tokens) WithoutLanguage(string text, GeneratedSequence made)
    {
        for (var count = 1; count <= Math.Min(8, made.Tokens.Count); count++)
        {
            var begun = _model.Tokenizer.Decode([.. made.Tokens.Take(count)], showControls: true).Trim();
            if (PromptPieces.CodeOf(begun) is not { } code) continue;
            var rest = made with { Tokens = [.. made.Tokens.Skip(count)], LogProbabilities = [.. made.LogProbabilities.Skip(count)] };
            return (code, text.TrimStart().StartsWith(begun, StringComparison.Ordinal) ? text.TrimStart()[begun.Length..] : text, rest);
        }

        return (null, text, made);
    }

    /// <summary>The segment of a piece. Of an answer to another question than what is said only the text has signs.</summary>
    private static TranscribedSegment Segment(PromptPiece piece, string text, GeneratedSequence tokens, bool isTranscript)
    {
        var (ratio, clip) = (HallucinationSigns.CompressionRatio(text), piece.Clip);
        var average = tokens.LogProbabilities.Count > 0 ? tokens.LogProbabilities.Average() : 0;
        IReadOnlyList<string> suspicions = isTranscript ? HallucinationSigns.Of(text, ratio, average, noSpeechProbability: null, Limits, new SoundLevels(clip.Samples, clip.SampleRate), 0, clip.Seconds) : HallucinationSigns.OfText(text, ratio, Limits);
        return new TranscribedSegment
        {
            Text = text,
            Start = piece.Start,
            End = piece.End,
            AverageLogProbability = average,
            NoSpeechProbability = null,
            CompressionRatio = ratio,
            Temperature = 0,
            Suspicions = suspicions,
        };
    }

    private List<TranscribedWord> Words(PromptPiece piece, GeneratedSequence tokens, string? language)
    {
        var groups = WhisperWords.Group(_model.Tokenizer, language, tokens.Tokens);
        var words = new List<TranscribedWord>(groups.Count);
        var (first, share) = (0, (piece.End - piece.Start) / Math.Max(1, groups.Count));
        for (var i = 0; i < groups.Count; i++)
        {
            var mean = tokens.LogProbabilities.Skip(first).Take(groups[i].Tokens).DefaultIfEmpty(0).Average();
            first += groups[i].Tokens;
            if (groups[i].Text.Length > 0)
                words.Add(new TranscribedWord(groups[i].Text, piece.Start + i * share, piece.Start + (i + 1) * share, Math.Exp(mean)));
        }

        return words;
    }
}
