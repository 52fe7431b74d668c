using System.Security.Cryptography;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Checkpoints;

/// <summary>Parts that a model's source may lack: config.json, weights, tokenizer, generation_config.json, preprocessor_config.json.</summary>
public enum ModelPart { Config, Tensors, Tokenizer, Generation, Preprocessor }

/// <summary>
/// What a model is read from: configuration, tensors by their published names, tokenizer, chat template and settings. Only this type knows the
/// files and their format. Each part is read on demand.
/// </summary>
public abstract class ModelSource : ITensorSource, IDisposable
{
    private ModelDescription? _description;

    public abstract string Path { get; }

    /// <summary>config.json or its equivalent.</summary>
    /// <exception cref="ConfigException">It is missing or damaged.</exception>
    public abstract ConfigObject Config { get; }

    /// <inheritdoc/>
    /// <exception cref="CheckpointException">The tensors are missing, damaged, inconsistent, or in an unsupported format.</exception>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => Store.Tensors;

    /// <summary>Paths of the tensor files.</summary>
    /// <exception cref="CheckpointException">As for <see cref="Tensors"/>.</exception>
    public abstract IReadOnlyList<string> Files { get; }

    /// <summary>Warnings about the model's location.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>model_type of the configuration.</summary>
    /// <exception cref="ConfigException">The configuration is missing or damaged, or of an unknown kind.</exception>
    public string Kind => Config.Build(config => config.String("model_type", [.. ModelKinds.All, .. ModelKinds.Codecs]));

    /// <summary>The description from the configuration.</summary>
    /// <exception cref="ConfigException">As <see cref="ModelDescription.Read"/>.</exception>
    public ModelDescription Description => _description ??= ModelDescription.Read(Config);

    /// <summary>Which model it is: kind, name, and the SHA-256 of its tensor file, or of the list of those of several files. Reads them whole.</summary>
    /// <exception cref="ConfigException">As for <see cref="Kind"/>.</exception>
    /// <exception cref="CheckpointException">A tensor file is missing, or cannot be read.</exception>
    public ModelIdentity ReadIdentity()
    {
        string[] digests = [.. Files.Select(FolderChecksums.Digest)];
        var hash = digests is [var one] ? one : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', digests))));
        return new ModelIdentity(Kind, ModelNames.Of(System.IO.Path.GetFullPath(Path)), hash);
    }

    /// <summary>Whether a path is a model rather than a bare configuration or nothing.</summary>
    public static bool Is(string path) => Directory.Exists(path);

    /// <summary>Opens a model at a path: a folder in the published format, or a training run, whose newest checkpoint is used.</summary>
    /// <exception cref="CheckpointException">There is no model, or the run has no checkpoint that can be used.</exception>
    public static ModelSource Open(string path) => ModelFolder.Open(path);

    /// <summary>Whether a part exists, complete or not.</summary>
    public abstract bool Has(ModelPart part);

    /// <summary>For messages: the file with the content that a published folder has in the file of this name.</summary>
    public abstract string FileOf(string name);

    /// <summary>The generation settings; null if there are none.</summary>
    /// <exception cref="ConfigException">They are damaged.</exception>
    public abstract ConfigObject? ReadGeneration();

    /// <summary>The settings of the audio features; null if there are none.</summary>
    /// <exception cref="ConfigException">They are damaged.</exception>
    public abstract ConfigObject? ReadPreprocessor();

    /// <summary>The tokenizer, checked against the configuration if there is one.</summary>
    /// <exception cref="TokenizerFileException">It is missing or damaged, or does not match the model.</exception>
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

    /// <summary>The chat template; Qwen2's or Qwen2-Audio's if the model has none.</summary>
    /// <exception cref="TokenizerFileException">The model has an unknown template.</exception>
    public abstract ChatTemplate ReadTemplate(bool acceptsAudio);

    public void ReadFloats(string name, Span<float> destination, long start) => Store.ReadFloats(name, destination, start);

    public void ReadBytes(string name, Span<byte> destination, long start) => Store.ReadBytes(name, destination, start);

    public MappedBytes Map(string name) => Store.Map(name);

    public string Place(string name) => Store.Place(name);

    public abstract void Dispose();

    /// <summary>The tensors, opened at first use.</summary>
    protected abstract ITensorSource Store { get; }

    /// <summary>The tokenizer.</summary>
    protected abstract BytePairTokenizer ReadTokenizer(TokenizerLoadOptions options);
}
