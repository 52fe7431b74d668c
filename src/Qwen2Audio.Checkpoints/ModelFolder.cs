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

    private readonly string? _run;

    private ModelFolder(string path, string? run)
    {
        (Path, _run) = (path, run);
        _config = new(() => CheckpointFolder.OpenConfig(path));
        _checkpoint = new(() => CheckpointFolder.Open(path, Config));
    }

    public override string Path { get; }

    public override ConfigObject Config => _config.Value;

    /// <summary>Its tensor files.</summary>
    /// <exception cref="CheckpointException">They are missing, damaged, inconsistent, or in an unsupported format.</exception>
    public CheckpointFolder Checkpoint => _checkpoint.Value;

    public override IReadOnlyList<string> Files => [.. Checkpoint.Files.Select(file => file.Path)];

    public override IReadOnlyList<string> Warnings
    {
        get
        {
            var warnings = new List<string>();
            if (_run is not null) warnings.Add($"{_run} is a training run; its newest checkpoint is used, {Path}.");
            if (File.Exists(FileOf(AdapterConfig)))
                warnings.Add($"{Path} also contains an adapter ({AdapterConfig}), which is not applied. To use it, name the folder with --adapter (ModelLoadOptions.Adapter).");
            return warnings;
        }
    }

    /// <summary>Opens a folder, or the newest checkpoint of a training run.</summary>
    /// <exception cref="CheckpointException">There is no such folder, or the run has no checkpoint that can be used.</exception>
    public static new ModelFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) return RunCheckpoints.IsRun(path) ? new(RunCheckpoints.Newest(path), path) : new(path, null);
        throw new CheckpointException(path, "path", File.Exists(path) ? "a file" : "no such folder", "a model folder");
    }

    public override bool Has(ModelPart part) => part switch
    {
        ModelPart.Config => File.Exists(FileOf("config.json")),
        ModelPart.Tensors => CheckpointFolder.HasTensors(Path),
        ModelPart.Tokenizer => TokenizerFiles.Missing(Path).Count == 0,
        ModelPart.Generation => File.Exists(FileOf(GenerationConfigReader.FileName)),
        ModelPart.Preprocessor => File.Exists(FileOf(PreprocessorConfig)),
        _ => throw new ArgumentOutOfRangeException(nameof(part), part, "no such part"),
    };

    public override string FileOf(string name) => System.IO.Path.Combine(Path, name);

    public override ConfigObject? ReadGeneration() => Has(ModelPart.Generation) ? ConfigObject.Open(FileOf(GenerationConfigReader.FileName)) : null;

    public override ConfigObject? ReadPreprocessor() => Has(ModelPart.Preprocessor) ? ConfigObject.Open(FileOf(PreprocessorConfig)) : null;

    public override ChatTemplate ReadTemplate(bool acceptsAudio) => ChatTemplateFiles.OfModel(Path, acceptsAudio);

    public override void Dispose()
    {
        if (_checkpoint.IsValueCreated) Checkpoint.Dispose();
    }

    protected override ITensorSource Store => Checkpoint;

    protected override BytePairTokenizer ReadTokenizer(TokenizerLoadOptions options) => TokenizerFiles.Load(Path, options);
}
