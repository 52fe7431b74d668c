using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// A published codec (EnCodec, DAC, Mimi) of a checkpoint folder: sound → codes → sound. The weights are read when they are first used.
/// Whoever calls has the operators for itself.
/// </summary>
public sealed class LoadedCodec : IDisposable
{
    private readonly ModelSource _source;
    private readonly List<string> _warnings = [];

    private LoadedCodec(ModelSource source, bool windowed)
    {
        _source = source;
        var config = PublishedCodecReader.Read(source.Config);
        if (config.Transformer is { Window: > 0 } transformer && !windowed)
        {
            _warnings.Add($"{source.Config.File}: sliding_window ({transformer.Window}) is not applied, as transformers 4.57 does not apply it on a CPU: a row sees all before it. Memory grows with the sound.");
            config = config with { Transformer = transformer with { Window = 0 } };
        }

        Kind = source.Config.String("model_type");
        Weights = new CheckpointWeights(source);
        Model = new CodecModel(config, PublishedCodecReader.Names(Kind, config, Weights));
        Weights.ThrowIfIncomplete();
    }

    /// <summary>config.json's model_type, one of <see cref="ModelKinds.PublishedCodecs"/>.</summary>
    public string Kind { get; }

    /// <summary>The codec.</summary>
    public CodecModel Model { get; }

    /// <summary>Its sizes: sampling rate, channels, codebooks.</summary>
    public CodecConfig Config => Model.Config;

    /// <summary>Where the weights come from.</summary>
    public CheckpointWeights Weights { get; }

    /// <summary>What a user should know: settings that change nothing or are not applied.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings, .. Weights.Warnings];

    /// <summary>Opens a checkpoint folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="windowed">
    /// Whether Mimi's transformers attend within their window, as the model was trained and with memory that stays flat for endless sound; else as
    /// transformers 4.57 computes them: a row sees all before it. No difference below the window (10 s).
    /// </param>
    /// <exception cref="ConfigException">config.json is damaged, of another kind, or asks for what is not supported.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; all of them are named.</exception>
    public static LoadedCodec Open(string path, bool windowed = false) => Of(ModelSource.Open(path), windowed);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails. Otherwise like <see cref="Open"/>.</summary>
    public static LoadedCodec Of(ModelSource source, bool windowed = false) => Ownership.Pass(source, _ => new LoadedCodec(source, windowed));

    /// <summary>Encodes a whole sound, in pieces so that intermediate results do not grow with it.</summary>
    /// <param name="ops">The operators.</param>
    /// <param name="samples">[samples, channels] at the codec's sampling rate.</param>
    /// <param name="stages">How many codebooks; null: all.</param>
    /// <returns>The frames in order: of one sequence, or chunk by chunk where the codec has chunks.</returns>
    /// <exception cref="ArgumentException">Not whole rows of channels, or a number of codebooks that the codec does not have.</exception>
    public IReadOnlyList<CodecFrames> Encode(InferenceOps ops, ReadOnlySpan<float> samples, int? stages = null)
    {
        using var encoding = new CodecEncoding(Model, ops, stages ?? Config.Stages, Capacity(samples.Length / Config.AudioChannels));
        var frames = new List<CodecFrames>();
        var most = Piece * Config.AudioChannels;
        for (; samples.Length > most; samples = samples[most..]) frames.AddRange(encoding.Add(samples[..most]));
        frames.AddRange(encoding.Add(samples, ends: true));
        return frames;
    }

    /// <summary>Decodes the frames of a whole sound: [samples, channels], as many as the frames stand for.</summary>
    /// <exception cref="ArgumentException">Codes of no entry, or a number of codebooks that the codec does not have.</exception>
    public float[] Decode(InferenceOps ops, IReadOnlyList<CodecFrames> frames)
    {
        using var decoding = new CodecDecoding(Model, ops, Capacity(checked(frames.Sum(piece => piece.Count) * Config.SamplesPerFrame)));
        var samples = new List<float>();
        for (var i = 0; i < frames.Count; i++) samples.AddRange(decoding.Add(frames[i], ends: i + 1 == frames.Count));
        return [.. samples];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _source.Dispose();
    }

    private int Capacity(int samples) => samples / Config.Hop + 2;

    // a second, in whole frames
    private int Piece => (Config.SamplingRate + Config.SamplesPerFrame - 1) / Config.SamplesPerFrame * Config.SamplesPerFrame;
}
