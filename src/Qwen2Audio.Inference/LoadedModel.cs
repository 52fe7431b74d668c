using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Inference;

/// <summary>A model ready for <see cref="InferenceOps"/>. Weights are read on first use.</summary>
public sealed class LoadedModel : ILoadedModel
{
    private readonly Qwen2Model? _decoder;

    private LoadedModel(ModelSource source, string kind, WeightStorage storage)
    {
        Source = source;
        Kind = kind;
        Weights = new CheckpointWeights(source, storage);
        if (kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc)
        {
            Audio = new Qwen2AudioModel(ModelConfigReader.ReadQwen2Audio(source.Config), Weights);
            _decoder = Audio.Decoder;
        }
        else if (kind == ModelKinds.Whisper)
        {
            Whisper = new WhisperModel(WhisperConfigReader.Read(source.Config), Weights);
        }
        else
        {
            _decoder = new Qwen2Model(ModelConfigReader.ReadQwen2(source.Config), Weights);
        }

        Weights.ThrowIfIncomplete();
    }

    /// <summary>What it was read from.</summary>
    public ModelSource Source { get; }

    /// <summary>The model_type of config.json.</summary>
    public string Kind { get; }

    /// <summary>The language model.</summary>
    /// <exception cref="NotSupportedException">The model is a Whisper model.</exception>
    public Qwen2Model Decoder => _decoder ?? throw new NotSupportedException($"{Source.Path}: a {Kind} model has no language model; {ModelKinds.Qwen2}, {ModelKinds.Qwen2Moe} and {ModelKinds.Qwen2Audio} models have one.");

    /// <summary>The whole audio model; null for other models.</summary>
    public Qwen2AudioModel? Audio { get; }

    /// <summary>The Whisper model; null for other models.</summary>
    public WhisperModel? Whisper { get; }

    public CheckpointWeights Weights { get; }

    public long StoredBytes => Source.Tensors.Values.Sum(tensor => tensor.ByteLength);

    /// <summary>Opens a model by its path.</summary>
    /// <exception cref="ConfigException">config.json is damaged, describes another kind of model, or uses unsupported settings.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public static LoadedModel Open(string path, WeightStorage storage = WeightStorage.Stored) => Of(ModelSource.Open(path), storage);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails. Otherwise like <see cref="Open"/>.</summary>
    public static LoadedModel Of(ModelSource source, WeightStorage storage = WeightStorage.Stored) => Ownership.Pass(source, _ =>
    {
        source.Config.Build(config => config.String("model_type", [.. ModelKinds.All])); // codecs: LoadedCodec
        MemoryRequirement.Require(source.Description, held: WeightMemory.Held(source, storage));
        return new LoadedModel(source, source.Description.Kind, storage);
    });

    public void CheckWeights() => WeightScan.RequireFinite(Source);

    public void Dispose()
    {
        Weights.Dispose();
        Source.Dispose();
    }
}
