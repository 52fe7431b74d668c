using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Testing;

/// <summary>The parts of a model's folder without its location: the path and file names that it reports do not exist.</summary>
public sealed class HiddenFolder(string folder) : ModelSource
{
    /// <summary>The path that it reports.</summary>
    public const string Nowhere = "nowhere/model";

    private readonly ModelFolder _folder = ModelFolder.Open(folder);

    public override string Path => Nowhere;

    public override ConfigObject Config { get; } = ConfigObject.Parse(File.ReadAllText(System.IO.Path.Combine(folder, "config.json")), Nowhere);

    public override IReadOnlyList<string> Files => [Nowhere];

    protected override ITensorSource Store => _folder.Checkpoint;

    public override bool Has(ModelPart part) => _folder.Has(part);

    public override string FileOf(string name) => Nowhere;

    public override ConfigObject? ReadGeneration() => _folder.ReadGeneration();

    public override ConfigObject? ReadPreprocessor() => _folder.ReadPreprocessor();

    public override ChatTemplate ReadTemplate(bool acceptsAudio) => _folder.ReadTemplate(acceptsAudio);

    public override void Dispose() => _folder.Dispose();

    protected override BytePairTokenizer ReadTokenizer(TokenizerLoadOptions options) => TokenizerFiles.Load(_folder.Path, options);
}
