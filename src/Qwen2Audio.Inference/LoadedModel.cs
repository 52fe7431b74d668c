using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Inference;

/// <summary>A model of a checkpoint folder, ready for <see cref="InferenceOps"/>: the weights are read when they are first used.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly CheckpointFolder _folder;

    private LoadedModel(CheckpointFolder folder, string kind)
    {
        _folder = folder;
        Kind = kind;
        Weights = new CheckpointWeights(folder);
        if (kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc)
        {
            Audio = new Qwen2AudioModel(ModelConfigReader.ReadQwen2Audio(folder.Config), Weights);
            Decoder = Audio.Decoder;
        }
        else
        {
            Decoder = new Qwen2Model(ModelConfigReader.ReadQwen2(folder.Config), Weights);
        }

        Weights.ThrowIfIncomplete();
    }

    /// <summary>config.json's model_type.</summary>
    public string Kind { get; }

    /// <summary>The language model.</summary>
    public Qwen2Model Decoder { get; }

    /// <summary>The whole audio model; null for a text model.</summary>
    public Qwen2AudioModel? Audio { get; }

    /// <summary>Where the weights come from.</summary>
    public CheckpointWeights Weights { get; }

    /// <summary>Opens a checkpoint folder.</summary>
    /// <exception cref="ConfigException">config.json is damaged, of another kind, or asks for what is not supported.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing or misshaped; all of them are named.</exception>
    public static LoadedModel Open(string path)
    {
        var folder = CheckpointFolder.Open(path);
        try
        {
            var kind = folder.Config.Build(config => config.String("model_type", [.. ModelKinds.All]));
            MemoryRequirement.Require(ModelDescription.Read(folder.Config));
            return new LoadedModel(folder, kind);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _folder.Dispose();
    }
}
