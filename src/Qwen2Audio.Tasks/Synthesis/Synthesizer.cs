using System.Runtime.CompilerServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>
/// Speaks texts with a small model that was trained to (section <c>speak</c> of its recipe). The audio comes in pieces while it is made, sentence by sentence, without a limit. Threads may share it: calls take turns.
/// </summary>
public sealed class Synthesizer : IDisposable
{
    private const double LeastSpeed = 0.25;
    private const double MostSpeed = 4;

    private readonly ModelParts<LoadedSynthesis> _parts;
    private readonly TextFrontEnd _frontEnd;

    private Synthesizer(ModelParts<LoadedSynthesis> parts, TextFrontEnd frontEnd) => (_parts, _frontEnd) = (parts, frontEnd);

    /// <summary>Names of the voices.</summary>
    public IReadOnlyList<string> Voices => _parts.Model.Voices;

    /// <summary>Sampling rate of the audio, which is mono.</summary>
    public int SampleRate => _parts.Model.Codec.Config.SamplingRate;

    /// <summary>Codes of a frame.</summary>
    public int Codebooks => _parts.Model.Model.Config.Books;

    /// <summary>Entries of a codebook.</summary>
    public int Entries => _parts.Model.Codec.Config.Entries;

    /// <summary>Frames a second.</summary>
    public double FrameRate => (double)SampleRate / _parts.Model.Codec.Config.SamplesPerFrame;

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings => _parts.Warnings;

    /// <summary>Checks that a folder has a model that speaks, without loading it.</summary>
    /// <exception cref="NotSupportedException">It is a model of another kind.</exception>
    /// <exception cref="CheckpointException">There is no model.</exception>
    /// <exception cref="ConfigException">config.json is damaged.</exception>
    public static void Require(string path)
    {
        using var source = ModelSource.Open(path);
        if (source.Description.Synthesis is null)
            throw new NotSupportedException($"{path} is not a model that speaks: config.json has no section \"{SynthesisConfigFile.Section}\"; allowed: a small model that was trained with the section speak in its recipe.");
    }

    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder, or a training run, whose newest checkpoint is used.</param>
    /// <param name="frontEnd">Turns text into words and phones; null: with the lexicon and letter-to-sound of the folder, or those of the shipped model.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="ConfigException">config.json is damaged or describes another kind of model.</exception>
    /// <exception cref="CheckpointException">Weights or the lexicon are missing or damaged.</exception>
    public static Synthesizer Load(string path, TextFrontEnd? frontEnd = null, ModelLoadOptions? options = null) => Ownership.Pass(
        new ModelParts<LoadedSynthesis>(LoadedSynthesis.Open(path), options ?? new ModelLoadOptions()), parts => new Synthesizer(parts, frontEnd ?? FrontEnd(path)));

    /// <summary>Speaks with a model that is already loaded, on its weights. It is valid until the model is disposed of; disposing of it does nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="frontEnd">As for <see cref="Load"/>.</param>
    /// <exception cref="ConfigException">The model does not speak, or does not fit its codec.</exception>
    /// <exception cref="CheckpointException">The codec or the lexicon is missing or damaged.</exception>
    public static Synthesizer Of(SpeechModel model, TextFrontEnd? frontEnd = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Synthesizer(model.Speaking, frontEnd ?? FrontEnd(model.Info.Path));
    }

    /// <summary>Takes the voice of a recording: any audio that can be read; it is mixed down and resampled, with warnings.</summary>
    /// <param name="path">The file. The first <see cref="ReferenceVoice.MostSeconds"/> are used.</param>
    /// <param name="cancellation">Ends reading and waiting at once, and computing between two layers.</param>
    /// <exception cref="NotSupportedException">The model takes no speaker embedding.</exception>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="VoiceException">It has no sound.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ReferenceVoice EmbedSpeaker(string path, CancellationToken cancellation = default)
    {
        RequireEmbedding();
        return ReferenceVoice.Of(_parts, AudioFile.ReadMono(path, SampleRate, cancellation: cancellation), path, cancellation);
    }

    /// <summary>Takes the voice of decoded audio.</summary>
    /// <param name="clip">The recording. The first <see cref="ReferenceVoice.MostSeconds"/> are used.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="NotSupportedException">The model takes no speaker embedding.</exception>
    /// <exception cref="VoiceException">It has no sound, or samples that are not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ReferenceVoice EmbedSpeaker(AudioClip clip, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        RequireEmbedding();
        return ReferenceVoice.Of(_parts, clip, "the recording", cancellation);
    }

    /// <summary>Speaks English text. The samples do not depend on the pieces.</summary>
    /// <param name="text">The text, of any length.</param>
    /// <param name="options">Voice, speed and the like.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>Pieces, each as soon as it is made: the first after the durations and a few frames of the first sentence, however long the text is.</returns>
    /// <exception cref="OptionException">There is no such voice, or a setting is out of range.</exception>
    /// <exception cref="CheckpointException">The weights give a phone an impossible duration.</exception>
    /// <exception cref="NonFiniteOutputException">The codec's weights give samples that are not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IAsyncEnumerable<SpokenPiece> SpeakAsync(string text, SynthesisOptions? options = null, CancellationToken cancellation = default) =>
        SpeakAsync(new[] { text ?? throw new ArgumentNullException(nameof(text)) }.ToAsyncEnumerable(), options, cancellation);

    /// <summary>Speaks English text from a reader while it comes: a sentence as soon as it is known to be complete.</summary>
    /// <param name="text">The text; it is read with <see cref="TextReader.ReadAsync(Memory{char}, CancellationToken)"/> only.</param>
    /// <inheritdoc cref="SpeakAsync(string, SynthesisOptions?, CancellationToken)"/>
    public IAsyncEnumerable<SpokenPiece> SpeakAsync(TextReader text, SynthesisOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SpeakAsync(Pieces(text, cancellation), options, cancellation);
    }

    /// <summary>Speaks English text that comes in pieces, for example from a language model: a sentence as soon as it is known to be complete. The samples do not depend on where the pieces end.</summary>
    /// <param name="text">The pieces, from the beginning; they may end within a word.</param>
    /// <inheritdoc cref="SpeakAsync(string, SynthesisOptions?, CancellationToken)"/>
    public IAsyncEnumerable<SpokenPiece> SpeakAsync(IAsyncEnumerable<string> text, SynthesisOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var settings = options ?? new SynthesisOptions();
        return SpeakAsync(text, settings, Voice(settings), cancellation);
    }

    /// <summary>Speaks text on the caller's thread, piece by piece.</summary>
    /// <inheritdoc cref="SpeakAsync(string, SynthesisOptions?, CancellationToken)"/>
    public IEnumerable<SpokenPiece> Speak(string text, SynthesisOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var settings = options ?? new SynthesisOptions();
        var voice = Voice(settings);
        return Spoken();

        IEnumerable<SpokenPiece> Spoken()
        {
            PhraseBreak? before = null;
            foreach (var sentence in _frontEnd.Read(text))
            {
                using var utterance = new Utterance(_parts.Model, _parts.Ops, sentence, before, voice, settings);
                if (utterance.Silent is { } silent) yield return silent;
                else before = sentence.Words[^1].Break;
                while (!utterance.Ended) yield return _parts.Gate.Run(utterance.Next, cancellation);
            }

            if (before is null) yield return Nothing;
        }
    }

    public void Dispose() => _parts.Close();

    private void RequireEmbedding()
    {
        if (_parts.Model.Model.Config.SpeakerWidth == 0)
            throw new NotSupportedException($"The model has voices of its own only ({string.Join(", ", Voices)}); to speak like a recording it must be trained with speaker_embedding in the section speak of its recipe.");
    }

    private static SpokenPiece Nothing => new([], [], null, [new TaskWarning("nothing-spoken", "The text has nothing that can be spoken.")]);

    private async IAsyncEnumerable<SpokenPiece> SpeakAsync(IAsyncEnumerable<string> text, SynthesisOptions settings, int voice, [EnumeratorCancellation] CancellationToken cancellation)
    {
        PhraseBreak? before = null;
        await foreach (var sentence in _frontEnd.ReadAsync(text, cancellation).ConfigureAwait(false))
        {
            using var utterance = new Utterance(_parts.Model, _parts.Ops, sentence, before, voice, settings);
            if (utterance.Silent is { } silent) yield return silent;
            else before = sentence.Words[^1].Break;
            while (!utterance.Ended) yield return await _parts.Gate.RunAsync(utterance.Next, cancellation).ConfigureAwait(false);
        }

        if (before is null) yield return Nothing;
    }

    /// <summary>The voice's number.</summary>
    private int Voice(SynthesisOptions options)
    {
        if (!(options.Speed is >= LeastSpeed and <= MostSpeed)) throw new OptionException("Speed", $"{options.Speed}", $"{LeastSpeed} to {MostSpeed}");
        if (options.Temperature is { } temperature && !(temperature is >= 0 and <= SynthesisConfig.MostTemperature)) throw new OptionException("Temperature", $"{temperature}", $"0 to {SynthesisConfig.MostTemperature}");
        foreach (var (name, guidance) in new[] { ("Guidance", options.Guidance), ("VoiceGuidance", options.VoiceGuidance) })
            if (guidance is { } value && !(value is >= 0 and <= SynthesisConfig.MostGuidance)) throw new OptionException(name, $"{value}", $"0 to {SynthesisConfig.MostGuidance}");
        if (options.VoiceFrom is { Embedding.Values.Length: var width })
        {
            if (options.Voice is not null) throw new OptionException("VoiceFrom", $"given with the voice \"{options.Voice}\"", "one of the two");
            RequireEmbedding();
            if (width != _parts.Model.Model.Config.SpeakerWidth) throw new OptionException("VoiceFrom", $"{width} numbers from another model", $"the {_parts.Model.Model.Config.SpeakerWidth} of this one's EmbedSpeaker");
            return _parts.Model.Model.Config.UnknownVoice;
        }

        var voice = options.Voice is null ? 0 : Voices.ToList().IndexOf(options.Voice);
        return voice >= 0 ? voice : throw new OptionException("Voice", $"\"{options.Voice}\"", string.Join(", ", Voices));
    }

    private static async IAsyncEnumerable<string> Pieces(TextReader text, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var piece = new char[TextFrontEnd.MostCharacters];
        while (await text.ReadAsync(piece, cancellation).ConfigureAwait(false) is > 0 and var count) yield return new string(piece, 0, count);
    }

    private static TextFrontEnd FrontEnd(string path)
    {
        string?[] folders = [RunCheckpoints.IsRun(path) ? RunCheckpoints.Newest(path) : path, SpeechModel.DefaultFolder()];
        var guess = WordPronunciations.Find(LetterToSound.FileName, folders);
        var lexicon = WordPronunciations.Find(LexiconFile.FileName, folders)
            ?? throw new CheckpointException(path, LexiconFile.FileName, "no such file, and none in the shipped model", "a lexicon, from the command lexicon, or a text front end of your own");
        return new TextFrontEnd(WordPronunciations.Of(LexiconFile.Read(lexicon), guess is null ? null : LetterToSound.Read(guess)));
    }
}
