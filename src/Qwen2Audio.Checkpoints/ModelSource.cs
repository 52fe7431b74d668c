using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Checkpoints;

/// <summary>Parts of a model that its source may lack: config.json, weights, tokenizer, generation_config.json, preprocessor_config.json.</summary>
public enum ModelPart { Config, Tensors, Tokenizer, Generation, Preprocessor }

/// <summary>
/// What a model is read from: configuration, tensors by their published names, tokenizer, chat template and settings. In which files these
/// lie, and in which form, is known here alone. Each part is read when it is asked for.
/// </summary>
public abstract class ModelSource : ITensorSource, IDisposable
{
    private ModelDescription? _description;

    /// <inheritdoc/>
    public abstract string Path { get; }

    /// <summary>config.json, or what stands for it.</summary>
    /// <exception cref="ConfigException">It is missing or damaged.</exception>
    public abstract ConfigObject Config { get; }

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">The tensors are missing, damaged or inconsistent, or in a form that is not supported.</exception>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => Store.Tensors;

    /// <summary>Paths of the files that hold the tensors.</summary>
    /// <exception cref="CheckpointException">As for <see cref="Tensors"/>.</exception>
    public abstract IReadOnlyList<string> Files { get; }

    /// <summary>What is odd about the place that the model lies in.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>model_type of the configuration.</summary>
    /// <exception cref="ConfigException">The configuration is missing or damaged, or of a kind that is not known here.</exception>
    public string Kind => Config.Build(config => config.String("model_type", [.. ModelKinds.All]));

    /// <summary>What the configuration says.</summary>
    /// <exception cref="ConfigException">As <see cref="ModelDescription.Read"/>.</exception>
    public ModelDescription Description => _description ??= ModelDescription.Read(Config);

    /// <summary>Opens a model by its path: a folder in the published form.</summary>
    /// <exception cref="CheckpointException">There is no model.</exception>
    public static ModelSource Open(string path) => ModelFolder.Open(path);

    /// <summary>Whether a part is there, whole or not.</summary>
    public abstract bool Has(ModelPart part);

    /// <summary>For messages: the file that holds what a folder in the published form has in the file of this name.</summary>
    public abstract string FileOf(string name);

    /// <summary>The settings of generation; null when there are none.</summary>
    /// <exception cref="ConfigException">They are damaged.</exception>
    public abstract ConfigObject? ReadGeneration();

    /// <summary>The settings of the audio features; null when there are none.</summary>
    /// <exception cref="ConfigException">They are damaged.</exception>
    public abstract ConfigObject? ReadPreprocessor();

    /// <summary>The tokenizer, as the configuration says what the model needs of it; without a configuration, as it is.</summary>
    /// <exception cref="TokenizerFileException">It is missing or damaged, or does not fit the model.</exception>
    /// <exception cref="ConfigException">The configuration is damaged.</exception>
    public BytePairTokenizer ReadTokenizer()
    {
        var model = Has(ModelPart.Config) ? Description : null;
        return ReadTokenizer(new TokenizerLoadOptions
        {
            EmbeddingRows = model?.Text?.VocabSize,
            PartialAlphabet = model?.Kind == ModelKinds.Qwen2AudioCtc,
            Whisper = model?.Kind == ModelKinds.Whisper,
        });
    }

    /// <summary>How conversations are written; as Qwen2 or Qwen2-Audio does when nothing says.</summary>
    /// <exception cref="TokenizerFileException">The model carries a template that is not known here.</exception>
    public abstract ChatTemplate ReadTemplate(bool acceptsAudio);

    /// <inheritdoc/>
    public void ReadFloats(string name, Span<float> destination, long start) => Store.ReadFloats(name, destination, start);

    /// <inheritdoc/>
    public void ReadBytes(string name, Span<byte> destination, long start) => Store.ReadBytes(name, destination, start);

    /// <inheritdoc/>
    public MappedBytes Map(string name) => Store.Map(name);

    /// <inheritdoc/>
    public string Place(string name) => Store.Place(name);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The tensors, which are opened when they are first asked for.</summary>
    protected abstract ITensorSource Store { get; }

    /// <summary>The tokenizer.</summary>
    protected abstract BytePairTokenizer ReadTokenizer(TokenizerLoadOptions options);
}
