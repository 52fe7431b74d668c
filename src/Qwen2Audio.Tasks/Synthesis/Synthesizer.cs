using System.Runtime.CompilerServices;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text.FrontEnd;

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
    private const double MostTemperature = 10;

    private readonly ModelParts<LoadedSynthesis> _parts;
    private readonly TextFrontEnd _frontEnd;

    private Synthesizer(ModelParts<LoadedSynthesis> parts, TextFrontEnd frontEnd) => (_parts, _frontEnd) = (parts, frontEnd);

    /// <summary>Names of the voices.</summary>
    public IReadOnlyList<string> Voices => _parts.Model.Voices;

    /// <summary>Sampling rate of the audio, which is mono.</summary>
    public int SampleRate => _parts.Model.Codec.Config.SamplingRate;

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings => _parts.Warnings;

    /// <summary>Checks that a folder has a model that speaks, without loading it.</summary>
    /// <exception cref="NotSupportedException">It is a model of another kind.</exception>
    /// <exception cref="CheckpointException">There is no model.</exception>
    /// <exception cref="ConfigException">config.json is damaged.</exception>
    public static void Require(string path)
    {
        using var source = ModelSource.Open(path);
        var kind = source.Config.StringOr("model_type", "");
        if (kind != SynthesisConfigFile.Kind)
            throw new NotSupportedException($"{path} is not a synthesis model: config.json has the model_type \"{kind}\"; allowed: {SynthesisConfigFile.Kind}, from training with task: synthesis.");
    }

    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder, or a training run, whose newest checkpoint is used.</param>
    /// <param name="frontEnd">Turns text into words and phones.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="ConfigException">config.json is damaged or describes another kind of model.</exception>
    /// <exception cref="CheckpointException">Weights are missing or damaged.</exception>
    public static Synthesizer Load(string path, TextFrontEnd frontEnd, ModelLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(frontEnd);
        return Ownership.Pass(new ModelParts<LoadedSynthesis>(LoadedSynthesis.Open(path), options ?? new ModelLoadOptions()), parts => new Synthesizer(parts, frontEnd));
    }

    /// <summary>Speaks English text. The samples do not depend on the pieces.</summary>
    /// <param name="text">The text, of any length.</param>
    /// <param name="options">Voice, speed and the like.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>Pieces, each as soon as it is made.</returns>
    /// <exception cref="OptionException">There is no such voice, or a setting is out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<SpokenPiece> SpeakAsync(string text, SynthesisOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var sentence in Sentences(text, options))
        {
            using (sentence)
                while (!sentence.Ended) yield return await _parts.Gate.RunAsync(sentence.Next, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Speaks text on the caller's thread, piece by piece.</summary>
    /// <inheritdoc cref="SpeakAsync"/>
    public IEnumerable<SpokenPiece> Speak(string text, SynthesisOptions? options = null, CancellationToken cancellation = default)
    {
        foreach (var sentence in Sentences(text, options))
        {
            using (sentence)
                while (!sentence.Ended) yield return _parts.Gate.Run(sentence.Next, cancellation);
        }
    }

    public void Dispose() => _parts.Gate.Close(_parts.Dispose);

    private IEnumerable<Sentence> Sentences(string text, SynthesisOptions? options)
    {
        ArgumentNullException.ThrowIfNull(text);
        var settings = options ?? new SynthesisOptions();
        if (!(settings.Speed is >= LeastSpeed and <= MostSpeed)) throw new OptionException($"The speed is {settings.Speed}; allowed: {LeastSpeed} to {MostSpeed}.");
        if (!(settings.Temperature is >= 0 and <= MostTemperature)) throw new OptionException($"The temperature is {settings.Temperature}; allowed: 0 to {MostTemperature}.");
        var voice = settings.Voice is null ? 0 : Voices.ToList().IndexOf(settings.Voice);
        if (voice < 0) throw new OptionException($"There is no voice \"{settings.Voice}\"; allowed: {string.Join(", ", Voices)}.");
        var words = 0;
        foreach (var sentence in _frontEnd.Read(text))
        {
            words += sentence.Words.Count;
            yield return new Sentence(this, SpokenPhones.Of(sentence), [.. sentence.Warnings.Select(warning => new TaskWarning(warning.Code, warning.Text))], voice, settings);
        }

        if (words == 0) yield return new Sentence(this, [], [new TaskWarning("nothing-spoken", "The text has nothing that can be spoken.")], voice, settings);
    }

    /// <summary>A sentence that is being spoken; the caller holds the gate during <see cref="Next"/>.</summary>
    private sealed class Sentence(Synthesizer synthesizer, int[] phones, IReadOnlyList<TaskWarning> warnings, int voice, SynthesisOptions options) : IDisposable
    {
        private readonly LoadedSynthesis _model = synthesizer._parts.Model;
        private FrameGeneration? _frames;
        private CodecDecoding? _decoding;

        public bool Ended { get; private set; }

        public SpokenPiece Next()
        {
            var told = _frames is null ? warnings : [];
            if (phones.Length == 0)
            {
                Ended = true;
                return new SpokenPiece([], told);
            }

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
            return new SpokenPiece(_decoding!.Add(new CodecFrames(codes, books, 1), Ended), told);
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
