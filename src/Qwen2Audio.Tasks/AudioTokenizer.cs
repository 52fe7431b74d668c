using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Resampling;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Encodes audio as discrete tokens and decodes it again, with our codec or a published one (EnCodec, DAC, Mimi). The audio may be a file, a stream, a
/// clip or come in pieces; the tokens are the same in each case. May be called from several threads at the same time: calls take turns.
/// </summary>
public sealed partial class AudioTokenizer : IDisposable
{
    private readonly ModelParts<LoadedCodec> _parts;
    private readonly CodecTokenFiles _files;

    internal AudioTokenizer(ModelParts<LoadedCodec> parts) => (_parts, _files) = (parts, new CodecTokenFiles(parts.Model));

    /// <summary>The codec's identity, which token files contain.</summary>
    public ModelIdentity Model => _files.Identity;

    /// <summary>Sizes of the codec: sampling rate, channels, frames, codebooks.</summary>
    public ICodecConfig Config => Codec.Config;

    /// <summary>Numbers of codebooks that the codec can use, descending.</summary>
    public IReadOnlyList<int> Codebooks => Codec.Codebooks;

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings => _parts.Warnings;

    private LoadedCodec Codec => _parts.Model;

    private AudioForm Form => new(Config.SamplingRate, Config.AudioChannels);

    /// <summary>
    /// Loads the folder of a codec, or the newest checkpoint of a training run. Mimi uses its attention window, so that memory does not grow; its codes
    /// equal those of transformers for audio of up to one window (ten seconds in the published model). Results for longer audio have the warning "attention-window".
    /// </summary>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is missing, describes no codec, or uses unsupported settings.</exception>
    public static AudioTokenizer Load(string path, ModelLoadOptions? options = null) => Ownership.Pass(
        new ModelParts<LoadedCodec>(LoadedCodec.Of(ModelSource.Open(path), windowed: true), options ?? new ModelLoadOptions()), parts => new AudioTokenizer(parts));

    /// <summary>Loads the codec of <see cref="DefaultFolder"/>.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none. Other exceptions as for <see cref="Load"/>.</exception>
    public static AudioTokenizer LoadDefault(ModelLoadOptions? options = null) => Load(
        DefaultFolder() ?? throw new DirectoryNotFoundException(
            $"models/default/codec is neither in {AppContext.BaseDirectory} or {Directory.GetCurrentDirectory()} nor in a folder above them; load a codec by its path."),
        options);

    /// <summary>The folder models/default/codec where <see cref="SpeechModel.DefaultFolder"/> is; null if there is none.</summary>
    public static string? DefaultFolder() =>
        SpeechModel.DefaultFolder() is { } models && Path.Combine(models, SynthesisConfigFile.CodecFolder) is var folder && File.Exists(Path.Combine(folder, "config.json")) ? folder : null;

    /// <summary>Encodes decoded audio on the caller's thread.</summary>
    /// <param name="clip">The audio; other sampling rates and numbers of channels are converted, with warnings.</param>
    /// <param name="options">Codebooks and level.</param>
    /// <param name="progress">Called with the fraction done, 0…1.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="OptionException">The codec does not support this number of codebooks or a gain, or the gain is not a positive number.</exception>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AudioTokens Encode(AudioClip clip, AudioEncodingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return Collect(options, handler =>
        {
            var conversion = new AudioConversion(new AudioForm(clip.SampleRate, clip.Channels), Form, handler);
            var second = clip.SampleRate * clip.Channels;
            for (var at = 0; at < clip.Frames * clip.Channels; at += second)
            {
                conversion.Add(clip.Samples.AsSpan(at, Math.Min(second, clip.Frames * clip.Channels - at)));
                progress?.Report(Math.Min(1, (double)(at + second) / clip.Samples.Length));
            }

            conversion.Finish();
            return [.. clip.Warnings, .. conversion.Warnings];
        }, cancellation);
    }

    /// <summary>Encodes an audio file on the caller's thread, with memory for the tokens only.</summary>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <inheritdoc cref="Encode(AudioClip, AudioEncodingOptions?, IProgress{double}?, CancellationToken)"/>
    public AudioTokens Encode(string path, AudioEncodingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Collect(options, handler => AudioFile.ReadPieces(path, Form, handler, options?.Reading, progress, cancellation), cancellation);

    /// <summary>Encodes decoded audio on another thread.</summary>
    /// <inheritdoc cref="Encode(AudioClip, AudioEncodingOptions?, IProgress{double}?, CancellationToken)"/>
    public Task<AudioTokens> EncodeAsync(AudioClip clip, AudioEncodingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ComputeThreads.Run(() => Encode(clip, options, progress, cancellation));

    /// <summary>Encodes an audio file on another thread.</summary>
    /// <inheritdoc cref="Encode(string, AudioEncodingOptions?, IProgress{double}?, CancellationToken)"/>
    public Task<AudioTokens> EncodeAsync(string path, AudioEncodingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ComputeThreads.Run(() => Encode(path, options, progress, cancellation));

    /// <summary>Encodes the audio of a stream from its current position on, read with <see cref="Stream.ReadAsync(Memory{byte}, CancellationToken)"/> only.</summary>
    /// <exception cref="AudioFormatException">The content is not usable audio.</exception>
    /// <inheritdoc cref="Encode(AudioClip, AudioEncodingOptions?, IProgress{double}?, CancellationToken)"/>
    public async Task<AudioTokens> EncodeAsync(Stream audio, AudioEncodingOptions? options = null, CancellationToken cancellation = default)
    {
        using var run = new EncodingRun(this, options, cancellation);
        var pieces = new List<TokenPiece>();
        var warnings = await AudioFile.ReadPiecesAsync(audio, Form, samples => run.Add(samples, pieces.Add), options?.Reading, cancellation: cancellation).ConfigureAwait(false);
        return run.Finish(pieces, warnings);
    }

    /// <summary>Decodes tokens on the caller's thread.</summary>
    /// <param name="tokens">Tokens from this codec.</param>
    /// <param name="codebooks">Number of codebooks to use; null: all that the tokens have.</param>
    /// <param name="progress">Called with the fraction done, 0…1.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>As many samples as the original audio had. They may exceed full scale, with a warning.</returns>
    /// <exception cref="OptionException">The tokens are from another codec, or do not have this number of codebooks.</exception>
    /// <exception cref="ArgumentException">A code is not an entry of its codebook, or the length does not fit the number of frames.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AudioClip Decode(AudioTokens tokens, int? codebooks = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (!tokens.Header.Model.Matches(Model)) throw new OptionException($"The tokens are from {tokens.Header.Model}; this codec is {Model}.");
        using var run = new DecodingRun(this, codebooks, tokens.Header.Codebooks, cancellation);
        var (samples, frames) = (new List<float>(), 0L);
        foreach (var piece in tokens.Pieces)
        {
            samples.AddRange(run.Add(piece));
            progress?.Report((double)(frames += piece.Frames) / tokens.Frames);
        }

        samples.AddRange(run.Finish(tokens.Samples));
        return new AudioClip([.. samples], Config.SamplingRate, Config.AudioChannels, [.. run.Warnings(tokens.Samples)]);
    }

    /// <summary>Decodes tokens on another thread.</summary>
    /// <inheritdoc cref="Decode(AudioTokens, int?, IProgress{double}?, CancellationToken)"/>
    public Task<AudioClip> DecodeAsync(AudioTokens tokens, int? codebooks = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        ComputeThreads.Run(() => Decode(tokens, codebooks, progress, cancellation));

    public void Dispose() => _parts.Close();

    private AudioTokens Collect(AudioEncodingOptions? options, Func<SampleHandler, IReadOnlyList<AudioWarning>> read, CancellationToken cancellation)
    {
        using var run = new EncodingRun(this, options, cancellation);
        var pieces = new List<TokenPiece>();
        return run.Finish(pieces, read(samples => run.Add(samples, pieces.Add)));
    }

    private int Allowed(int? codebooks, IReadOnlyList<int> possible) => codebooks is not { } given ? possible[0] : possible.Contains(given) ? given
        : throw new OptionException("Codebooks", $"{given}", string.Join(", ", possible));
}
