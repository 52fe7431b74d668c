using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.FrameCodec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Checkpoints;

/// <summary>The description of a supported model from its configuration, whether its weights are present or not.</summary>
public sealed class ModelDescription
{
    /// <summary>Maximum tensors in a checkpoint, as many as its files may hold.</summary>
    public const int MaxTensors = SafetensorsLimits.Entries;

    private readonly Action<IWeights> _build;

    private ModelDescription(ConfigObject json, string kind, ModelCounts counts, Action<IWeights> build)
    {
        (Config, Kind, _build) = (json, kind, build);
        var dtype = json.Has("torch_dtype") || json.Has("dtype") || json.ObjectOrNull("text_config") is not { } text ? json : text;
        StoredType = dtype.StringOr("torch_dtype", dtype.StringOr("dtype", "float32"));
        _ = ModelConfigReader.EndTokens(json); // the loaders use it if generation_config.json has none
        json.ThrowIfBad();
        if (counts.Total.Numbers > long.MaxValue / 8)
            throw new ConfigException(json.File, json.Path, $"sizes that multiply to {counts.Total.Numbers} parameters", $"at most {long.MaxValue / 8}");
        if (counts.Total.Tensors > MaxTensors)
            throw new ConfigException(json.File, json.Path, $"layers and experts of {counts.Total.Tensors} tensors", $"at most {MaxTensors}");
        (Parameters, ActiveParameters, TensorCount) = ((long)counts.Total.Numbers, (long)counts.Active.Numbers, (int)counts.Total.Tensors);
    }

    /// <summary>config.json.</summary>
    public ConfigObject Config { get; }

    /// <summary>Its model_type.</summary>
    public string Kind { get; }

    /// <summary>Sizes of the language model; null if there is none.</summary>
    public Qwen2Config? Text { get; private init; }

    /// <summary>Sizes of the audio encoder; null if there is none.</summary>
    public AudioEncoderConfig? Encoder { get; private init; }

    /// <summary>What a small model that speaks has in addition; null for others.</summary>
    public SynthesisConfig? Synthesis { get; private init; }

    /// <summary>Sizes of a Whisper model; null for others.</summary>
    public WhisperConfig? Whisper { get; private init; }

    /// <summary>Sizes of a published codec; null for others.</summary>
    public CodecConfig? Codec { get; private init; }

    /// <summary>Sizes of our codec; null for others.</summary>
    public FrameCodecConfig? FrameCodec { get; private init; }

    /// <summary>Whether the model is a codec: no text, no cache, no tokenizer.</summary>
    public bool IsCodec => ModelKinds.Codecs.Contains(Kind);

    /// <summary>Id of the placeholder whose embedding rows are replaced by audio; −1 if there is none.</summary>
    public int AudioTokenIndex { get; private init; } = -1;

    /// <summary>Number of parameters; tied weights count once.</summary>
    public long Parameters { get; }

    /// <summary>Parameters used to compute one token; fewer than <see cref="Parameters"/> in a mixture of experts.</summary>
    public long ActiveParameters { get; }

    /// <summary>Number of tensors.</summary>
    public int TensorCount { get; }

    /// <summary>The configured type of the weights: torch_dtype or dtype, "float32" if absent.</summary>
    public string StoredType { get; }

    /// <summary>Bytes of all weights in that type.</summary>
    /// <exception cref="ConfigException">The type is unknown.</exception>
    public long WeightBytes
    {
        get
        {
            var type = StoredType switch
            {
                "float32" => DType.F32,
                "float16" => DType.F16,
                "bfloat16" => DType.BF16,
                "float64" => DType.F64,
                _ => throw new ConfigException(Config.File, "$.torch_dtype or dtype", $"\"{StoredType}\"", "float32, float16, bfloat16, float64"),
            };
            var (numbers, bytes) = type.Block();
            return Parameters / numbers * bytes;
        }
    }

    /// <summary>Values in the key/value cache per position.</summary>
    public long CacheNumbersPerPosition { get; private init; }

    /// <summary>Fields that have no effect here.</summary>
    public IReadOnlyList<string> FieldsNotUsed => Config.Unread;

    /// <summary>Reads the sizes of a model of any kind.</summary>
    /// <exception cref="ConfigException">
    /// Another kind, fields of the wrong type or range, unsupported settings, or sizes beyond any machine.
    /// </exception>
    public static ModelDescription Read(ConfigObject json)
    {
        var kind = json.Build(config => config.String("model_type", [.. ModelKinds.All, .. ModelKinds.Codecs]));
        if (kind == ModelKinds.Whisper) return OfWhisper(json, kind);
        if (kind == ModelKinds.FrameCodec) return OfFrameCodec(json, kind);
        if (ModelKinds.PublishedCodecs.Contains(kind)) return OfCodec(json, kind);
        return kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc ? OfAudio(json, kind) : OfText(json, kind);
    }

    /// <summary>Reads a configuration from its path.</summary>
    /// <exception cref="ConfigException">As <see cref="Read"/> and <see cref="OpenConfig"/>.</exception>
    public static ModelDescription Open(string path) => Read(OpenConfig(path));

    /// <summary>Opens a configuration: that of a model, a file in the form of config.json, or the field "config" of one.</summary>
    /// <exception cref="ConfigException">There is no such file, or it has other content.</exception>
    public static ConfigObject OpenConfig(string path)
    {
        if (ModelSource.Is(path)) return ModelSource.Open(path).Config;
        const string allowed = "a model folder or a config.json";
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && File.Exists(path)) throw new ConfigException(path, "file", "weights", allowed);
        if (IsBinary(path)) throw new ConfigException(path, "file", "binary content, such as audio", allowed);
        var json = ConfigObject.Open(path);
        return !json.Has("model_type") && json.ObjectOrNull("config") is { } inner ? inner : json;
    }

    // JSON in UTF-8 has no zero bytes; UTF-16 is told apart later
    private static bool IsBinary(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0) return false;
        PlainFile.Require(path);
        using var file = File.OpenRead(path);
        var first = new byte[64];
        var read = first.AsSpan(0, file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false));
        return read is not ([0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) && read.Contains((byte)0);
    }

    /// <summary>Names and shapes of all tensors, as published.</summary>
    /// <param name="has">Which tensors there are, where a weight can be stored in two forms (weight norm); null: in the form that is published.</param>
    public IReadOnlyList<ExpectedTensor> Tensors(Predicate<string>? has = null)
    {
        var weights = new ListingWeights(has ?? (_ => false));
        _build(weights);
        return weights.Tensors;
    }

    private static ModelDescription OfText(ConfigObject json, string kind)
    {
        var text = ModelConfigReader.ReadQwen2(json);
        return new(json, kind, ModelCounts.Of(text), weights => _ = new Qwen2Model(text, weights)) { Text = text, CacheNumbersPerPosition = CacheOf(text) };
    }

    private static ModelDescription OfAudio(ConfigObject json, string kind)
    {
        var config = ModelConfigReader.ReadQwen2Audio(json);
        return new(json, kind, ModelCounts.Of(config), weights => _ = new Qwen2AudioModel(config, weights))
        {
            Text = config.TextConfig,
            Encoder = config.AudioConfig,
            AudioTokenIndex = config.AudioTokenIndex,
            Synthesis = config.Synthesis,
            CacheNumbersPerPosition = CacheOf(config.TextConfig),
        };
    }

    private static ModelDescription OfWhisper(ConfigObject json, string kind)
    {
        var config = WhisperConfigReader.Read(json);
        return new(json, kind, ModelCounts.Of(config), weights => _ = new WhisperModel(config, weights))
        {
            Whisper = config,
            Encoder = config.Encoder,
            CacheNumbersPerPosition = 2L * config.DecoderLayers * config.DModel,
        };
    }

    private static ModelDescription OfCodec(ConfigObject json, string kind)
    {
        var config = PublishedCodecConfigReader.Read(json);
        void Build(IWeights weights) => _ = new CodecModel(config, PublishedCodecConfigReader.Names(kind, config, weights));
        var count = WeightCount.Of(Build);
        return new(json, kind, new ModelCounts(count, count), Build) { Codec = config };
    }

    private static ModelDescription OfFrameCodec(ConfigObject json, string kind)
    {
        var config = FrameCodecConfigFile.Read(json);
        void Build(IWeights weights) => _ = new FrameCodecModel(config, weights);
        var count = WeightCount.Of(Build);
        return new(json, kind, new ModelCounts(count, count), Build) { FrameCodec = config };
    }

    private static long CacheOf(Qwen2Config text) => 2L * text.NumHiddenLayers * text.NumKeyValueHeads * text.HeadDim;
}
