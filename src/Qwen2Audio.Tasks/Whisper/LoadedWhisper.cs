using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// A loaded Whisper model with its tokenizer and rules. Several <see cref="WhisperTranscriber"/>s may share it
/// and call it from several threads at the same time: calls take turns, and a short one does not wait for a long one.
/// </summary>
public sealed class LoadedWhisper : IDisposable
{
    private readonly ModelParts<LoadedModel> _parts;

    private LoadedWhisper(ModelParts<LoadedModel> parts, BytePairTokenizer tokenizer, WhisperTokens tokens, IReadOnlyList<(int Layer, int Head)> alignmentHeads)
    {
        (_parts, Tokenizer, Tokens, AlignmentHeads) = (parts, tokenizer, tokens, alignmentHeads);
        WindowFrames = PreprocessorCheck.WindowFrames(Model.Config.Encoder);
    }

    /// <summary>The model.</summary>
    public WhisperModel Model => _parts.Model.Whisper!;

    /// <summary>The tokenizer.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>Control tokens, and tokens that are suppressed in texts.</summary>
    public WhisperTokens Tokens { get; }

    /// <summary>Cross-attention heads that follow the audio; when empty, all heads of the upper half of the layers.</summary>
    public IReadOnlyList<(int Layer, int Head)> AlignmentHeads { get; }

    /// <summary>Beam search settings of the folder.</summary>
    public WhisperBeams Beams { get; init; } = new();

    /// <summary>Language and task that the folder sets.</summary>
    internal WhisperStart Start { get; init; } = new();

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; init; } = [];

    /// <summary>Frames of 10 ms in a window of the model.</summary>
    public int WindowFrames { get; }

    /// <summary>Lets callers take turns.</summary>
    internal ModelGate Gate => _parts.Gate;

    /// <summary>Loads a folder of model_type "whisper": config.json, weights, the tokenizer, generation_config.json, preprocessor_config.json.</summary>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is damaged, describes another kind of model, or uses unsupported settings.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are missing or damaged.</exception>
    public static LoadedWhisper Load(string path, ModelLoadOptions? options = null) => Of(ModelSource.Open(path), options);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails.</summary>
    internal static LoadedWhisper Of(ModelSource source, ModelLoadOptions? options = null) => Ownership.Pass(source, _ =>
    {
        var config = WhisperConfigReader.Read(source.Config);
        PreprocessorCheck.Require(source.ReadPreprocessor(), config.Encoder);
        var generation = WhisperModelReader.Generation(source.ReadGeneration(), source.Config, config);
        var tokenizer = source.ReadTokenizer();
        return Ownership.Pass(LoadedModel.Of(source), model =>
        {
            var tokens = WhisperModelReader.Tokens(source, config, generation, tokenizer);
            var (start, beams) = (WhisperModelReader.Start(source, generation, tokens),
                new WhisperBeams(generation.NumBeams, generation.LengthPenalty, generation.EarlyStopping));
            var parts = new ModelParts<LoadedModel>(model, options ?? new ModelLoadOptions());
            return new LoadedWhisper(parts, tokenizer, tokens, generation.AlignmentHeads) { Start = start, Warnings = parts.Warnings, Beams = beams };
        });
    });

    public void Dispose() => _parts.Close();

    /// <summary>A session of one clip with up to <paramref name="texts"/> texts; the caller must hold the gate.</summary>
    internal WhisperSession Begin(int texts = 1, CancellationToken cancellation = default) =>
        new(Model, _parts.Ops, texts: texts, cancellation: cancellation);
}
