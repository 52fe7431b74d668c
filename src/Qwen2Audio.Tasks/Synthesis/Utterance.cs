using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>
/// A sentence that is being spoken. The first piece is short, so that it comes soon, and each later one is at most twice as long, so that it is there before the one before has been played. The
/// caller holds the model's gate during <see cref="Next"/>.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="ops">Its operators.</param>
/// <param name="sentence">The sentence.</param>
/// <param name="before">How the sentence before it ended; null: it is the first one.</param>
/// <param name="voice">The voice.</param>
/// <param name="options">Speed and the like.</param>
internal sealed class Utterance(LoadedSynthesis model, InferenceOps ops, SpokenSentence sentence, PhraseBreak? before, int voice, SynthesisOptions options) : IDisposable
{
    private const double SentencePause = 0.3; // seconds, docs/log.md, 2026-11-30
    private const double ParagraphPause = 0.7;
    private const double MostPhoneSeconds = 60; // far above any that is spoken: the weights are damaged, and memory is that of the sentence

    private readonly int[] _phones = SpokenPhones.Of(sentence);
    private FrameGeneration? _frames;
    private CodecDecoding? _decoding;
    private int _count = options.FirstFrames;

    /// <summary>Whether <see cref="Next"/> has no further piece.</summary>
    public bool Ended { get; private set; } = sentence.Words.Count == 0;

    /// <summary>The only piece of a sentence without words, which needs no model; null for others.</summary>
    public SpokenPiece? Silent => _phones.Length > 0 ? null : new SpokenPiece([], [], sentence, Warnings());

    /// <summary>The next piece.</summary>
    public SpokenPiece Next()
    {
        var config = model.Model.Config;
        var books = config.Books;
        var isFirst = _frames is null;
        _frames ??= new FrameGeneration(model.Model, ops, Input(books), options.Temperature ?? config.Temperature, options.Seed,
            (options.Guidance ?? config.Guidance, options.VoiceGuidance ?? config.VoiceGuidance));
        _decoding ??= new CodecDecoding(model.Codec.Model, ops, gains: model.Codec.OutputGains);
        var codes = _frames.Next(_count);
        Ended = _frames.Left == 0;
        _count = Math.Min(2 * _count, options.MostFrames);
        return new SpokenPiece(_decoding.Add(new CodecFrames(codes, books, 1), Ended), codes, isFirst ? sentence : null, isFirst ? Warnings() : []);
    }

    public void Dispose()
    {
        _frames?.Dispose();
        _decoding?.Dispose();
    }

    private IReadOnlyList<TaskWarning> Warnings() => [.. sentence.Warnings.Select(warning => new TaskWarning(warning.Code, $"{warning.Text} (character {warning.Start + 1})"))];

    private FrameInput Input(int books)
    {
        var input = FrameInput.Of(_phones, Durations(), voice, books);
        return options.VoiceFrom is { } from ? input.By(from.Embedding) : input;
    }

    private int[] Durations()
    {
        var voices = new int[_phones.Length];
        Array.Fill(voices, voice);
        SpeakerEmbedding?[]? speakers = options.VoiceFrom is { } from ? [.. Enumerable.Repeat(from.Embedding, _phones.Length)] : null;
        ops.Reset();
        var logs = model.Model.Durations.Forward(ops, _phones, voices, Layout.Of(_phones.Length), speakers);
        var rate = (double)model.Codec.Config.SamplingRate / model.Codec.Config.SamplesPerFrame;
        foreach (var log in logs.Span)
            if (!(Math.Exp(log) <= MostPhoneSeconds * rate))
                throw new CheckpointException(model.Path, "tensors synthesis.durations", $"weights that give a phone {Math.Exp(log) / rate:g3} s", $"at most {MostPhoneSeconds} s");
        int[] frames = [.. logs.Span.ToArray().Select(log => DurationPredictor.Frames(log, options.Speed))];
        frames[0] += PauseBefore();
        return frames;
    }

    // the silence at the ends of training recordings is cut short, so that alone it makes a pause as at a comma
    private int PauseBefore()
    {
        var codec = model.Codec.Config;
        var seconds = before switch { PhraseBreak.Paragraph => ParagraphPause, PhraseBreak.Sentence => SentencePause, _ => 0 };
        return (int)Math.Round(seconds / options.Speed * codec.SamplingRate / codec.SamplesPerFrame);
    }
}
