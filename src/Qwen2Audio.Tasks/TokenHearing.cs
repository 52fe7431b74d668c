using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Tasks;

/// <summary>
/// Lets a model hear codec tokens alone: tokens are decoded by the codec in the model's folder, and the encoder gets what it gives (docs/decisions/0011-one-decoder.md). Audio is first encoded as tokens. Threads may share it.
/// </summary>
public sealed class TokenHearing : IDisposable
{
    private readonly AudioTokenizer _tokenizer;
    private readonly int? _codebooks;

    private TokenHearing(AudioTokenizer tokenizer, int? codebooks) => (_tokenizer, _codebooks) = (tokenizer, codebooks);

    /// <summary>Number of codebooks that are heard of audio.</summary>
    public int Codebooks => _codebooks ?? _tokenizer.Codebooks[0];

    /// <summary>What is heard, as text.</summary>
    public string Description => $"from tokens of {_tokenizer.Model}, {Codebooks} codebooks";

    /// <summary>Loads the codec of a model.</summary>
    /// <param name="path">The model's folder, or a training run.</param>
    /// <param name="codebooks">Number of codebooks to hear; null: all that there are.</param>
    /// <param name="options">Threads and the like.</param>
    /// <exception cref="CheckpointException">The model has no codec, or its weights are damaged.</exception>
    /// <exception cref="ConfigException">The codec's configuration is damaged.</exception>
    /// <exception cref="OptionException">The codec does not have this number of codebooks.</exception>
    public static TokenHearing Load(string path, int? codebooks = null, ModelLoadOptions? options = null)
    {
        using var source = ModelSource.Open(path);
        var folder = source.FileOf(SynthesisConfigFile.CodecFolder);
        return Ownership.Pass(AudioTokenizer.Load(folder, options is null ? null : new ModelLoadOptions { Threads = options.Threads }), tokenizer =>
            codebooks is null || tokenizer.Codebooks.Contains(codebooks.Value) ? new TokenHearing(tokenizer, codebooks)
                : throw new OptionException("Codebooks", $"{codebooks}", string.Join(", ", tokenizer.Codebooks)));
    }

    /// <summary>Whether a file has tokens.</summary>
    public static bool IsTokens(string path) => TokenFileReader.Is(path);

    /// <summary>What a file of tokens or audio sounds like in tokens.</summary>
    /// <exception cref="TokenFileException">A file of tokens is damaged or from another codec.</exception>
    /// <exception cref="AudioFormatException">The file is not usable audio.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OptionException">The file does not have this number of codebooks.</exception>
    public AudioClip Read(string path, CancellationToken cancellation = default) => IsTokens(path) ? Decode(_tokenizer.LoadTokens(path), _codebooks, [], cancellation)
        : Pass(AudioFile.ReadMono(path, _tokenizer.Config.SamplingRate, cancellation: cancellation), cancellation);

    /// <summary>What a clip sounds like in tokens.</summary>
    public AudioClip Pass(AudioClip clip, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        return Decode(_tokenizer.Encode(clip, new AudioEncodingOptions { Codebooks = _codebooks }, cancellation: cancellation), null, clip.Warnings, cancellation);
    }

    public void Dispose() => _tokenizer.Dispose();

    private AudioClip Decode(AudioTokens tokens, int? codebooks, IReadOnlyList<AudioWarning> warnings, CancellationToken cancellation)
    {
        var heard = _tokenizer.Decode(tokens, codebooks, cancellation: cancellation);
        var used = codebooks ?? tokens.Header.Codebooks;
        return new AudioClip(heard.Samples, heard.SampleRate, heard.Channels,
            [.. warnings, .. heard.Warnings, new AudioWarning(AudioWarningCode.FromTokens, $"Heard from tokens alone: {used} {(used == 1 ? "codebook" : "codebooks")} of {_tokenizer.Model.Name}.")]);
    }
}
