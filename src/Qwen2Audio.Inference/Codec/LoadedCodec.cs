using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// A codec opened from a checkpoint folder: ours or a published one (EnCodec, DAC, Mimi). Weights are read on first use. The caller needs
/// exclusive use of the operators, and brings the audio of our codec to the level of training.
/// </summary>
public sealed class LoadedCodec : ILoadedModel
{
    private readonly ModelSource _source;
    private readonly List<string> _warnings = [];

    private LoadedCodec(ModelSource source, bool windowed)
    {
        _source = source;
        Kind = source.Config.Build(json => json.String("model_type", [.. ModelKinds.Codecs]));
        MemoryRequirement.Require(source.Description, held: WeightMemory.Held(source, WeightStorage.Packed));
        Weights = new CheckpointWeights(source);
        if (source.Description.FrameCodec is { } own) Model = new FrameCodecModel(own, Weights);
        else
        {
            var config = windowed ? source.Description.Codec! : WithoutWindow(source.Description.Codec!);
            Model = new CodecModel(config, PublishedCodecConfigReader.Names(Kind, config, Weights));
        }

        OutputGains = Kind == ModelKinds.FrameCodec ? Codec.OutputGains.Read(source.Path, Model.Config.Stages) : [];
        Weights.ThrowIfIncomplete();
    }

    /// <summary>The model_type of config.json, one of <see cref="ModelKinds.Codecs"/>.</summary>
    public string Kind { get; }

    /// <summary>What it was read from.</summary>
    public ModelSource Source => _source;

    /// <summary>The codec.</summary>
    public ICodecModel Model { get; }

    /// <summary>Its sizes: sampling rate, channels, codebooks.</summary>
    public ICodecConfig Config => Model.Config;

    /// <summary>Numbers of codebooks that it is made for, descending.</summary>
    public IReadOnlyList<int> Codebooks => Config.Bandwidths.Count > 0 ? [.. Config.Bandwidths.Select(bandwidth => bandwidth.Stages).OrderDescending()]
        : [.. Enumerable.Range(Model.MinStages, Config.Stages - Model.MinStages + 1).Reverse()];

    /// <summary>Factors of the decoded samples by number of codebooks, from one on; empty: 1.</summary>
    public IReadOnlyList<double> OutputGains { get; }

    public CheckpointWeights Weights { get; }

    public long StoredBytes => _source.Tensors.Values.Sum(tensor => tensor.ByteLength);

    /// <summary>Warnings about settings without effect or not applied.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings, .. Weights.Warnings];

    /// <summary>Opens a checkpoint folder, or the newest checkpoint of a training run.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="windowed">
    /// Whether Mimi's transformers use their attention window, as in training and with bounded memory for endless streams; otherwise all earlier rows, as
    /// in transformers 4.57. The results are equal for audio shorter than the window (10 s).
    /// </param>
    /// <exception cref="ConfigException">config.json or the gains are damaged, config.json describes another kind of model, or uses unsupported settings.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public static LoadedCodec Open(string path, bool windowed = false) => Of(ModelSource.Open(path), windowed);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails. Otherwise like <see cref="Open"/>.</summary>
    public static LoadedCodec Of(ModelSource source, bool windowed = false) => Ownership.Pass(source, _ => new LoadedCodec(source, windowed));

    public void CheckWeights() => WeightScan.RequireFinite(_source);

    /// <summary>Encodes a whole signal, in pieces to limit memory.</summary>
    /// <param name="samples">[samples, channels] at the codec's sampling rate.</param>
    /// <param name="stages">Number of codebooks; null: all.</param>
    /// <returns>The frames in order: one sequence, or one item per chunk if the codec has chunks.</returns>
    /// <exception cref="ArgumentException">The samples are not whole rows of channels, or the codec does not support this number of codebooks.</exception>
    public IReadOnlyList<CodecFrames> Encode(InferenceOps ops, ReadOnlySpan<float> samples, int? stages = null)
    {
        using var encoding = new CodecEncoding(Model, ops, stages ?? Config.Stages, Capacity(samples.Length / Config.AudioChannels));
        var frames = new List<CodecFrames>();
        var most = Piece * Config.SamplesPerFrame * Config.AudioChannels;
        for (; samples.Length > most; samples = samples[most..]) frames.AddRange(encoding.Add(samples[..most]));
        frames.AddRange(encoding.Add(samples, ends: true));
        return frames;
    }

    /// <summary>Decodes all frames of a signal to [samples, channels]: whole frames, unless the codec has chunks. In pieces to limit memory.</summary>
    /// <exception cref="ArgumentException">A code is not an entry, or the codec does not support this number of codebooks.</exception>
    public float[] Decode(InferenceOps ops, IReadOnlyList<CodecFrames> frames)
    {
        using var decoding = new CodecDecoding(Model, ops, Capacity(checked(frames.Sum(piece => piece.Count) * Config.SamplesPerFrame)), OutputGains);
        var samples = new List<float>();
        for (var i = 0; i < frames.Count; i++)
        {
            var (rest, ends) = (frames[i], i + 1 == frames.Count);
            for (; Config.Chunks is null && rest.Count > Piece; rest = rest.From(Piece)) samples.AddRange(decoding.Add(rest.First(Piece)));
            samples.AddRange(decoding.Add(rest, ends));
        }

        return [.. samples];
    }

    public void Dispose()
    {
        Weights.Dispose();
        _source.Dispose();
    }

    private CodecConfig WithoutWindow(CodecConfig config)
    {
        if (config.Transformer is not { Window: > 0 } transformer) return config;
        _warnings.Add($"{_source.Config.File}: sliding_window ({transformer.Window}) is not applied, as transformers 4.57 does not apply it on a CPU: a row attends to all earlier rows. Memory grows with the length of the audio.");
        return config with { Transformer = transformer with { Window = 0 } };
    }

    private int Capacity(int samples) => samples / Config.Hop + 2;

    // frames of one second, rounded up
    private int Piece => (Config.SamplingRate + Config.SamplesPerFrame - 1) / Config.SamplesPerFrame;
}
