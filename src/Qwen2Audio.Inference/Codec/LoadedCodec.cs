using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// A published codec (EnCodec, DAC, Mimi) opened from a checkpoint folder. Weights are read on first use.
/// The caller needs exclusive use of the operators.
/// </summary>
public sealed class LoadedCodec : IDisposable
{
    private readonly ModelSource _source;
    private readonly List<string> _warnings = [];

    private LoadedCodec(ModelSource source, bool windowed)
    {
        _source = source;
        Kind = source.Config.Build(json => json.String("model_type", [.. ModelKinds.PublishedCodecs]));
        MemoryRequirement.Require(source.Description);
        var config = source.Description.Codec!;
        if (config.Transformer is { Window: > 0 } transformer && !windowed)
        {
            _warnings.Add($"{source.Config.File}: sliding_window ({transformer.Window}) is not applied, as transformers 4.57 does not apply it on a CPU: a row sees all before it. Memory grows with the sound.");
            config = config with { Transformer = transformer with { Window = 0 } };
        }

        Weights = new CheckpointWeights(source);
        Model = new CodecModel(config, PublishedCodecReader.Names(Kind, config, Weights));
        Weights.ThrowIfIncomplete();
    }

    /// <summary>The model_type of config.json, one of <see cref="ModelKinds.PublishedCodecs"/>.</summary>
    public string Kind { get; }

    /// <summary>The codec.</summary>
    public CodecModel Model { get; }

    /// <summary>Its sizes: sampling rate, channels, codebooks.</summary>
    public CodecConfig Config => Model.Config;

    /// <summary>The weights of the checkpoint.</summary>
    public CheckpointWeights Weights { get; }

    /// <summary>Warnings about settings without effect or not applied.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings, .. Weights.Warnings];

    /// <summary>Opens a checkpoint folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="windowed">
    /// Whether Mimi's transformers use their attention window, as in training and with bounded memory for endless streams; otherwise all earlier rows, as
    /// in transformers 4.57. The results are equal for audio shorter than the window (10 s).
    /// </param>
    /// <exception cref="ConfigException">config.json is damaged, describes another kind of model, or uses unsupported settings.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public static LoadedCodec Open(string path, bool windowed = false) => Of(ModelSource.Open(path), windowed);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails. Otherwise like <see cref="Open"/>.</summary>
    public static LoadedCodec Of(ModelSource source, bool windowed = false) => Ownership.Pass(source, _ => new LoadedCodec(source, windowed));

    /// <summary>Encodes a whole signal, in pieces to limit memory.</summary>
    /// <param name="ops">The operators.</param>
    /// <param name="samples">[samples, channels] at the codec's sampling rate.</param>
    /// <param name="stages">Number of codebooks; null: all.</param>
    /// <returns>The frames in order: one sequence, or one item per chunk if the codec has chunks.</returns>
    /// <exception cref="ArgumentException">The samples are not whole rows of channels, or the codec does not support this number of codebooks.</exception>
    public IReadOnlyList<CodecFrames> Encode(InferenceOps ops, ReadOnlySpan<float> samples, int? stages = null)
    {
        using var encoding = new CodecEncoding(Model, ops, stages ?? Config.Stages, Capacity(samples.Length / Config.AudioChannels));
        var frames = new List<CodecFrames>();
        var most = Piece * Config.AudioChannels;
        for (; samples.Length > most; samples = samples[most..]) frames.AddRange(encoding.Add(samples[..most]));
        frames.AddRange(encoding.Add(samples, ends: true));
        return frames;
    }

    /// <summary>Decodes all frames of a signal to [samples, channels].</summary>
    /// <exception cref="ArgumentException">A code is not an entry, or the codec does not support this number of codebooks.</exception>
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

    // one second, rounded up to whole frames
    private int Piece => (Config.SamplingRate + Config.SamplesPerFrame - 1) / Config.SamplesPerFrame * Config.SamplesPerFrame;
}
