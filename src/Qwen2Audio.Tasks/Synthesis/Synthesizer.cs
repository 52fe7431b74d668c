using System.Runtime.CompilerServices;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>
/// Speaks texts with a model that training with <c>task: synthesis</c> wrote. The audio comes in pieces while it is made, sentence by sentence, without a limit. Threads may share it: calls take turns.
/// </summary>
public sealed class Synthesizer : IDisposable
{
    private const int FirstFrames = 8; // of the first piece, so that it comes soon
    private const int PieceFrames = 25;
    private const double LeastSpeed = 0.25;
    private const double MostSpeed = 4;

    private readonly ModelParts<LoadedSynthesis> _parts;
    private readonly SpokenPhones _phones;

    private Synthesizer(ModelParts<LoadedSynthesis> parts, Lexicon lexicon) => (_parts, _phones) = (parts, new SpokenPhones(lexicon));

    /// <summary>Names of the voices.</summary>
    public IReadOnlyList<string> Voices => _parts.Model.Voices;

    /// <summary>Sampling rate of the audio, which is mono.</summary>
    public int SampleRate => _parts.Model.Codec.Config.SamplingRate;

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings => _parts.Warnings;

    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder, or a training run, whose newest checkpoint is used.</param>
    /// <param name="lexicon">Pronunciations; the first one of a word is spoken.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="ConfigException">config.json is damaged or describes another kind of model.</exception>
    /// <exception cref="CheckpointException">Weights are missing or damaged.</exception>
    public static Synthesizer Load(string path, Lexicon lexicon, ModelLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(lexicon);
        return Ownership.Pass(new ModelParts<LoadedSynthesis>(LoadedSynthesis.Open(path), options ?? new ModelLoadOptions()), parts => new Synthesizer(parts, lexicon));
    }

    /// <summary>Speaks a text. The pieces together do not depend on how they are divided.</summary>
    /// <param name="text">The text: words of the lexicon, and punctuation.</param>
    /// <param name="options">Voice, speed and the like.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>Samples, as soon as they are made.</returns>
    /// <exception cref="OptionException">There is no such voice, or a setting is out of range.</exception>
    /// <exception cref="SpokenTextException">A word is not in the lexicon; nothing was spoken.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<float[]> SpeakAsync(string text, SynthesisOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var (sentence, voice, settings) in Prepare(text, options))
        {
            using var spoken = new Sentence(this, sentence, voice, settings);
            while (!spoken.Ended) yield return await _parts.Gate.RunAsync(spoken.Next, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Speaks a text on the caller's thread, piece by piece.</summary>
    /// <inheritdoc cref="SpeakAsync"/>
    public IEnumerable<float[]> Speak(string text, SynthesisOptions? options = null, CancellationToken cancellation = default)
    {
        foreach (var (sentence, voice, settings) in Prepare(text, options))
        {
            using var spoken = new Sentence(this, sentence, voice, settings);
            while (!spoken.Ended) yield return _parts.Gate.Run(spoken.Next, cancellation);
        }
    }

    public void Dispose() => _parts.Gate.Close(_parts.Dispose);

    // the whole text is checked before anything is spoken
    private List<(int[] Sentence, int Voice, SynthesisOptions Settings)> Prepare(string text, SynthesisOptions? options)
    {
        ArgumentNullException.ThrowIfNull(text);
        var settings = options ?? new SynthesisOptions();
        if (!(settings.Speed is >= LeastSpeed and <= MostSpeed)) throw new OptionException($"The speed is {settings.Speed}; allowed: {LeastSpeed} to {MostSpeed}.");
        if (!(settings.Temperature is >= 0 and <= 10)) throw new OptionException($"The temperature is {settings.Temperature}; allowed: 0 to 10.");
        var voice = settings.Voice is null ? 0 : Voices.ToList().IndexOf(settings.Voice);
        if (voice < 0) throw new OptionException($"There is no voice \"{settings.Voice}\"; allowed: {string.Join(", ", Voices)}.");
        List<int[]> sentences = [.. _phones.Sentences(text)];
        if (sentences.Count == 0) throw new SpokenTextException("The text has no words.");
        return [.. sentences.Select(sentence => (sentence, voice, settings))];
    }

    /// <summary>A sentence that is being spoken; the caller holds the gate during <see cref="Next"/>.</summary>
    private sealed class Sentence(Synthesizer synthesizer, int[] phones, int voice, SynthesisOptions options) : IDisposable
    {
        private readonly LoadedSynthesis _model = synthesizer._parts.Model;
        private FrameGeneration? _frames;
        private CodecDecoding? _decoding;

        public bool Ended { get; private set; }

        public float[] Next()
        {
            var (ops, books) = (synthesizer._parts.Ops, _model.Model.Config.Books);
            var count = PieceFrames;
            if (_frames is null)
            {
                _frames = new FrameGeneration(_model.Model, ops, FrameInput.Of(phones, Durations(), voice, books), options.Temperature, options.Seed);
                _decoding = new CodecDecoding(_model.Codec.Model, ops, gains: _model.Codec.OutputGains);
                count = FirstFrames;
            }

            var codes = _frames.Next(count);
            Ended = _frames.Left == 0;
            return _decoding!.Add(new CodecFrames(codes, books, 1), Ended);
        }

        public void Dispose()
        {
            _frames?.Dispose();
            _decoding?.Dispose();
        }

        private int[] Durations()
        {
            var voices = new int[phones.Length];
            Array.Fill(voices, voice);
            synthesizer._parts.Ops.Reset();
            var logs = _model.Model.Durations.Forward(synthesizer._parts.Ops, phones, voices, Layout.Of(phones.Length));
            return [.. logs.Span.ToArray().Select(log => DurationPredictor.Frames(log, options.Speed))];
        }
    }
}
