using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Checkpoints;

/// <summary>A model in a published folder: config.json, safetensors files, the tokenizer's files, generation_config.json, …</summary>
public sealed class ModelFolder : ModelSource
{
    private const string AdapterConfig = "adapter_config.json";
    private const string PreprocessorConfig = "preprocessor_config.json";
    private readonly Lazy<ConfigObject> _config;
    private readonly Lazy<CheckpointFolder> _checkpoint;

    private ModelFolder(string path)
    {
        Path = path;
        _config = new(() => CheckpointFolder.OpenConfig(path));
        _checkpoint = new(() => CheckpointFolder.Open(path, Config));
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override ConfigObject Config => _config.Value;

    /// <summary>Its tensor files.</summary>
    /// <exception cref="CheckpointException">They are missing, damaged, inconsistent, or in an unsupported format.</exception>
    public CheckpointFolder Checkpoint => _checkpoint.Value;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Files => [.. Checkpoint.Files.Select(file => file.Path)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => !File.Exists(FileOf(AdapterConfig)) ? []
        : [$"{Path} also contains an adapter ({AdapterConfig}), which is not applied. To use it, name the folder with --adapter (ModelLoadOptions.Adapter)."];

    /// <summary>Opens a folder.</summary>
    /// <exception cref="CheckpointException">There is no such folder.</exception>
    public static new ModelFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path) ? new(path)
            : throw new CheckpointException(path, "path", File.Exists(path) ? "a file" : "no such folder", "a model folder");
    }

    /// <inheritdoc/>
    public override bool Has(ModelPart part) => part switch
    {
        ModelPart.Config => File.Exists(FileOf("config.json")),
        ModelPart.Tensors => CheckpointFolder.HasTensors(Path),
        ModelPart.Tokenizer => TokenizerFiles.Missing(Path).Count == 0,
        ModelPart.Generation => File.Exists(FileOf(GenerationConfigReader.FileName)),
        ModelPart.Preprocessor => File.Exists(FileOf(PreprocessorConfig)),
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "no such part"),
    };

    /// <inheritdoc/>
    public override string FileOf(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public override ConfigObject? ReadGeneration() => Has(ModelPart.Generation) ? ConfigObject.Open(FileOf(GenerationConfigReader.FileName)) : null;

    /// <inheritdoc/>
    public override ConfigObject? ReadPreprocessor() => Has(ModelPart.Preprocessor) ? ConfigObject.Open(FileOf(PreprocessorConfig)) : null;

    /// <inheritdoc/>
    public override ChatTemplate ReadTemplate(bool acceptsAudio) => ChatTemplateFiles.OfModel(Path, acceptsAudio);

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_checkpoint.IsValueCreated) Checkpoint.Dispose();
    }

    /// <inheritdoc/>
    protected override ITensorSource Store => Checkpoint;

    /// <inheritdoc/>
    protected override BytePairTokenizer ReadTokenizer(TokenizerLoadOptions options) => TokenizerFiles.Load(Path, options);
}
