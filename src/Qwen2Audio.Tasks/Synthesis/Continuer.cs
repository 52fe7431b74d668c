using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>How audio is gone on from.</summary>
public sealed record ContinuationOptions
{
    /// <summary>Seconds to add.</summary>
    public double Seconds { get; init; } = 5;

    /// <summary>Name of the voice; null: unknown to the model, which has only the audio.</summary>
    public string? Voice { get; init; }

    /// <summary>Temperature of the draws; null: the model's; 0: the most probable codes.</summary>
    public double? Temperature { get; init; }

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// Goes on from audio tokens without a text: the decoder of a small model that speaks gets the codes so far, with unknown phones, and draws the next. What it says is speech-like and has no meaning. Threads may share it: calls
/// take turns.
/// </summary>
public sealed class Continuer : IDisposable
{
    /// <summary>Seconds of the audio that the decoder sees, the last ones: about as long as the longest recordings of its training.</summary>
    public const double ContextSeconds = 20;

    private const int PieceFrames = 25;
    private const double MostSeconds = 60;
    private readonly ModelParts<LoadedSynthesis> _parts;

    private Continuer(ModelParts<LoadedSynthesis> parts) => (_parts, Tokenizer) = (parts, new AudioTokenizer(ModelParts<LoadedCodec>.Of(parts.Model.Codec, parts)));

    /// <summary>The model's codec, for the tokens.</summary>
    public AudioTokenizer Tokenizer { get; }

    /// <summary>Names of the voices.</summary>
    public IReadOnlyList<string> Voices => _parts.Model.Voices;

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings => [.. _parts.Warnings, .. Tokenizer.Warnings];

    private ModelGate Gate => _parts.Gate;

    private SynthesisConfig Config => _parts.Model.Model.Config;

    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder, or a training run, whose newest checkpoint is used.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="ConfigException">config.json is damaged or describes a model that does not speak.</exception>
    /// <exception cref="CheckpointException">Weights are missing or damaged.</exception>
    public static Continuer Load(string path, ModelLoadOptions? options = null) =>
        Ownership.Pass(new ModelParts<LoadedSynthesis>(LoadedSynthesis.Open(path), options ?? new ModelLoadOptions()), parts => new Continuer(parts));

    /// <summary>Goes on with a model that is already loaded, on its weights. It is valid until the model is disposed of; disposing of it does nothing.</summary>
    /// <exception cref="ConfigException">The model does not speak, or does not fit its codec.</exception>
    /// <exception cref="CheckpointException">The codec is missing or damaged.</exception>
    public static Continuer Of(SpeechModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Continuer(model.Speaking);
    }

    /// <summary>The tokens of a token file or of an audio file, as the model sees them.</summary>
    /// <exception cref="TokenFileException">The token file is damaged or from another codec.</exception>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public AudioTokens Read(string path, CancellationToken cancellation = default) =>
        TokenHearing.IsTokens(path) ? Tokenizer.LoadTokens(path) : Tokenizer.Encode(path, new AudioEncodingOptions { Codebooks = Config.Books }, cancellation: cancellation);

    /// <summary>Adds tokens after those of <paramref name="before"/>.</summary>
    /// <param name="before">Tokens of the model's codec, at least as many codebooks as the model speaks; an incomplete last frame is left out.</param>
    /// <param name="options">Length, draws.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>The tokens of both, in the codebooks that the model speaks; <see cref="Tokenizer"/> decodes them.</returns>
    /// <exception cref="OptionException">The tokens are of another codec, have too few codebooks or none, or a setting is out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AudioTokens Continue(AudioTokens before, ContinuationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(before);
        var settings = options ?? new ContinuationOptions();
        var (voice, added) = Check(before, settings);
        var (books, hop, rate) = (Config.Books, before.Header.SamplesPerFrame, before.Header.FrameRate);
        List<TokenPiece> pieces = [.. before.Pieces.Where(piece => piece.Frames > 0).Select(piece => piece with { Codes = [.. piece.Codes.Where((_, i) => i % piece.Codebooks < books)], Codebooks = books, Samples = null })];
        List<TaskWarning> warnings = [.. before.Warnings];
        if (before.Samples % hop != 0 && before.Frames > 1) DropLast(pieces, books);
        int[] codes = [.. pieces.SelectMany(piece => piece.Codes)];
        var (frames, seen) = (codes.Length / books, Math.Min(codes.Length / books, (int)(ContextSeconds * rate)));
        if (seen < frames) warnings.Add(new TaskWarning("context", $"The audio is {frames / rate:0.0} s long; the model goes on from the last {ContextSeconds:0} s."));
        using var made = Gate.Run(() => new FrameGeneration(_parts.Model.Model, _parts.Ops, FrameInput.Unknown(Config, seen + added, voice), settings.Temperature ?? Config.Temperature, settings.Seed, before: codes.AsSpan((frames - seen) * books)), cancellation);
        while (made.Left > 0) pieces.Add(new TokenPiece(Gate.Run(() => made.Next(PieceFrames), cancellation), books, pieces[^1].Scale));
        return new AudioTokens { Header = before.Header with { Codebooks = books }, Pieces = pieces, Samples = (long)(frames + added) * hop, Warnings = warnings };
    }

    public void Dispose() => _parts.Close();

    private (int Voice, int Frames) Check(AudioTokens before, ContinuationOptions options)
    {
        if (!before.Header.Model.Matches(Tokenizer.Model)) throw new OptionException($"The tokens are from {before.Header.Model}; the model's codec is {Tokenizer.Model}.");
        if (before.Header.Codebooks < Config.Books) throw new OptionException($"The tokens have {before.Header.Codebooks} codebooks; the model speaks in {Config.Books}: at least as many are needed.");
        if (before.Frames == 0) throw new OptionException("The audio has no frame to go on from.");
        if (!(options.Seconds >= 1 / before.Header.FrameRate && options.Seconds <= MostSeconds)) throw new OptionException("Seconds", $"{options.Seconds}", $"{1 / before.Header.FrameRate} to {MostSeconds}");
        if (options.Temperature is { } temperature && !(temperature is >= 0 and <= SynthesisConfig.MostTemperature)) throw new OptionException("Temperature", $"{temperature}", $"0 to {SynthesisConfig.MostTemperature}");
        var voice = options.Voice is null ? Config.UnknownVoice : Voices.ToList().IndexOf(options.Voice);
        if (voice < 0) throw new OptionException("Voice", $"\"{options.Voice}\"", string.Join(", ", Voices));
        return (voice, (int)Math.Round(options.Seconds * before.Header.FrameRate));
    }

    private static void DropLast(List<TokenPiece> pieces, int books)
    {
        var last = pieces[^1];
        pieces.RemoveAt(pieces.Count - 1);
        if (last.Frames > 1) pieces.Add(last with { Codes = [.. last.Codes.Take((last.Frames - 1) * books)] });
    }
}
