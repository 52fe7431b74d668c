using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model.Synthesis;

namespace Qwen2Audio.Inference.Synthesis;

/// <summary>A small model that speaks, with its codec. Weights are read on first use.</summary>
public sealed class LoadedSynthesis : ILoadedModel
{
    private readonly LoadedModel _model;
    private readonly bool _ownsModel;

    private LoadedSynthesis(LoadedModel model, bool ownsModel)
    {
        (_model, _ownsModel) = (model, ownsModel);
        var file = model.Source.Config.File;
        Model = model.Audio?.Synthesis ?? throw new ConfigException(file, $"$.{SynthesisConfigFile.Section}", "nothing", "the section of a small model that was trained to speak (section speak of its recipe)");
        Codec = LoadedCodec.Open(model.Source.FileOf(SynthesisConfigFile.CodecFolder), windowed: true);
        var config = Model.Config;
        if (Codec.Config.Stages >= config.Books && Codec.Config.Entries == config.Entries && Codec.Config.Dimension == config.Dimension) return;
        Codec.Dispose();
        throw new ConfigException(file, $"$.{SynthesisConfigFile.Section}.books", $"{config.Books} codebooks of {config.Entries} entries of {config.Dimension} numbers",
            $"those of the codec in the folder {SynthesisConfigFile.CodecFolder}: up to {Codec.Config.Stages} of {Codec.Config.Entries} entries of {Codec.Config.Dimension}");
    }

    /// <summary>The part that speaks.</summary>
    public SynthesisModel Model { get; }

    /// <summary>The folder, for messages.</summary>
    public string Path => _model.Source.Path;

    /// <summary>Names of its voices.</summary>
    public IReadOnlyList<string> Voices => Model.Config.Voices;

    /// <summary>Its codec.</summary>
    public LoadedCodec Codec { get; }

    public CheckpointWeights Weights => _model.Weights;

    public long StoredBytes => _model.StoredBytes + Codec.StoredBytes;

    /// <summary>Opens a folder, or the newest checkpoint of a training run.</summary>
    /// <exception cref="ConfigException">config.json is damaged, describes a model that does not speak, or does not fit the codec.</exception>
    /// <exception cref="CheckpointException">Tensors or the codec are damaged, missing or misshaped.</exception>
    public static LoadedSynthesis Open(string path) => Ownership.Pass(LoadedModel.Open(path, WeightStorage.Packed), model => new LoadedSynthesis(model, ownsModel: true));

    /// <summary>What speaks in a model that is already loaded: its weights are shared, and it stays the caller's. Otherwise like <see cref="Open"/>.</summary>
    public static LoadedSynthesis Of(LoadedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new LoadedSynthesis(model, ownsModel: false);
    }

    public void CheckWeights()
    {
        _model.CheckWeights();
        Codec.CheckWeights();
    }

    public void Dispose()
    {
        Codec.Dispose();
        if (_ownsModel) _model.Dispose();
    }
}
