using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Whisper;

namespace Qwen2Audio.Inference;

/// <summary>A model opened from a checkpoint folder, ready for <see cref="InferenceOps"/>. Weights are read on first use.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly CheckpointFolder _folder;
    private readonly Qwen2Model? _decoder;

    private LoadedModel(CheckpointFolder folder, string kind, WeightStorage storage)
    {
        _folder = folder;
        Kind = kind;
        Weights = new CheckpointWeights(folder, storage);
        if (kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc)
        {
            Audio = new Qwen2AudioModel(ModelConfigReader.ReadQwen2Audio(folder.Config), Weights);
            _decoder = Audio.Decoder;
        }
        else if (kind == ModelKinds.Whisper)
        {
            Whisper = new WhisperModel(WhisperConfigReader.Read(folder.Config), Weights);
        }
        else
        {
            _decoder = new Qwen2Model(ModelConfigReader.ReadQwen2(folder.Config), Weights);
        }

        Weights.ThrowIfIncomplete();
    }

    /// <summary>The model_type of config.json.</summary>
    public string Kind { get; }

    /// <summary>The language model.</summary>
    /// <exception cref="NotSupportedException">The model is a Whisper model.</exception>
    public Qwen2Model Decoder => _decoder ?? throw new NotSupportedException($"{_folder.Path}: a {Kind} model has no language model; {ModelKinds.Qwen2}, {ModelKinds.Qwen2Moe} and {ModelKinds.Qwen2Audio} models have one.");

    /// <summary>The whole audio model; null for other models.</summary>
    public Qwen2AudioModel? Audio { get; }

    /// <summary>The Whisper model; null for other models.</summary>
    public WhisperModel? Whisper { get; }

    /// <summary>The weights of the checkpoint.</summary>
    public CheckpointWeights Weights { get; }

    /// <summary>Stored size of all tensors, in bytes.</summary>
    public long StoredBytes => Total(_folder);

    /// <summary>Opens a checkpoint folder.</summary>
    /// <exception cref="ConfigException">config.json is damaged, describes another kind of model, or uses unsupported settings.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; names all of them.</exception>
    public static LoadedModel Open(string path, WeightStorage storage = WeightStorage.Stored) => Of(CheckpointFolder.Open(path), storage);

    /// <summary>Loads from an open folder and takes ownership of it, even when loading fails. Otherwise like <see cref="Open"/>.</summary>
    public static LoadedModel Of(CheckpointFolder folder, WeightStorage storage = WeightStorage.Stored)
    {
        try
        {
            var kind = folder.Config.Build(config => config.String("model_type", [.. ModelKinds.All]));
            MemoryRequirement.Require(ModelDescription.Read(folder.Config), stored: storage == WeightStorage.Stored ? Total(folder) : null);
            return new LoadedModel(folder, kind, storage);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Reads all weights once and checks that they are finite.</summary>
    /// <exception cref="CheckpointException">A weight has a number that is not finite; names the tensor.</exception>
    public void CheckWeights() => WeightScan.RequireFinite(_folder);

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _folder.Dispose();
    }

    private static long Total(CheckpointFolder folder) => folder.Tensors.Values.Sum(tensor => tensor.ByteLength);
}
