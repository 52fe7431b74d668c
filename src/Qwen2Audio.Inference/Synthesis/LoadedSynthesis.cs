using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Inference.Synthesis;

/// <summary>A model that speaks, with its codec, from the folder that training writes. Weights are read on first use.</summary>
public sealed class LoadedSynthesis : ILoadedModel
{
    private readonly ModelSource _source;

    private LoadedSynthesis(ModelSource source)
    {
        _source = source;
        (var config, Voices) = source.Config.Build(SynthesisConfigFile.Read);
        Weights = new CheckpointWeights(source);
        Model = new SynthesisModel(config, Weights);
        Weights.ThrowIfIncomplete();
        Codec = LoadedCodec.Open(source.FileOf(SynthesisConfigFile.CodecFolder));
        if (Codec.Config.Stages >= config.Books && Codec.Config.Entries == config.Entries && Codec.Config.Dimension == config.Dimension) return;
        Codec.Dispose();
        throw new ConfigException(source.Config.File, "$.books", $"{config.Books} codebooks of {config.Entries} entries of {config.Dimension} numbers",
            $"those of the codec in the folder {SynthesisConfigFile.CodecFolder}: up to {Codec.Config.Stages} of {Codec.Config.Entries} entries of {Codec.Config.Dimension}");
    }

    /// <summary>The model.</summary>
    public SynthesisModel Model { get; }

    /// <summary>Names of its voices.</summary>
    public IReadOnlyList<string> Voices { get; }

    /// <summary>Its codec.</summary>
    public LoadedCodec Codec { get; }

    public CheckpointWeights Weights { get; }

    public long StoredBytes => _source.Tensors.Values.Sum(tensor => tensor.ByteLength) + Codec.StoredBytes;

    /// <summary>Opens a folder, or the newest checkpoint of a training run.</summary>
    /// <exception cref="ConfigException">config.json is damaged, describes another kind of model, or does not fit the codec.</exception>
    /// <exception cref="CheckpointException">Tensors or the codec are damaged, missing or misshaped.</exception>
    public static LoadedSynthesis Open(string path) => Ownership.Pass(ModelSource.Open(path), source => new LoadedSynthesis(source));

    public void CheckWeights()
    {
        WeightScan.RequireFinite(_source);
        Codec.CheckWeights();
    }

    public void Dispose()
    {
        Codec.Dispose();
        Weights.Dispose();
        _source.Dispose();
    }
}
