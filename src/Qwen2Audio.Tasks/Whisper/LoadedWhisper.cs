using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Tasks.Hearing;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// A loaded Whisper model with its tokenizer and rules, to be handed to <see cref="WhisperTranscriber"/>, several of which may share it
/// and be called from several threads at the same time: calls take turns, and a short one does not wait for a long one.
/// </summary>
public sealed class LoadedWhisper : IDisposable
{
    private readonly IDisposable[] _owned;
    private readonly InferenceOps _ops;

    private LoadedWhisper(
        WhisperModel model, InferenceOps ops, ModelGate gate, BytePairTokenizer tokenizer, WhisperTokens tokens,
        IReadOnlyList<(int Layer, int Head)> alignmentHeads, params IDisposable[] owned)
    {
        (Model, _ops, Gate, Tokenizer, Tokens, AlignmentHeads, _owned) = (model, ops, gate, tokenizer, tokens, alignmentHeads, owned);
        WindowFrames = PreprocessorFile.WindowFrames(model.Config.Encoder);
    }

    /// <summary>The model.</summary>
    public WhisperModel Model { get; }

    /// <summary>Text units.</summary>
    public BytePairTokenizer Tokenizer { get; }

    /// <summary>Control tokens, and those that are kept out of texts.</summary>
    public WhisperTokens Tokens { get; }

    /// <summary>Cross-attention heads that follow the audio; when empty, all heads of the upper half of the layers.</summary>
    public IReadOnlyList<(int Layer, int Head)> AlignmentHeads { get; }

    /// <summary>How the folder asks for texts to be searched.</summary>
    public WhisperBeams Beams { get; init; } = new();

    /// <summary>The language and the task that the folder asks for.</summary>
    internal WhisperStart Start { get; init; } = new();

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; init; } = [];

    /// <summary>Frames of 10 ms that the model hears at a time.</summary>
    public int WindowFrames { get; }

    /// <summary>The callers.</summary>
    internal ModelGate Gate { get; }

    /// <summary>Loads a folder of model_type "whisper": config.json, weights, the tokenizer, generation_config.json, preprocessor_config.json.</summary>
    /// <exception cref="CheckpointException">No such folder, or weights that are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is damaged, of another kind, or asks for what is not supported.</exception>
    /// <exception cref="TokenizerFileException">The tokenizer's files are missing or damaged.</exception>
    public static LoadedWhisper Load(string path, ModelLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var owned = new List<IDisposable>();
        try
        {
            var folder = Own(CheckpointFolder.Open(path));
            MemoryRequirement.Require(ModelDescription.Read(folder.Config), stored: folder.Tensors.Values.Sum(tensor => tensor.ByteLength));
            var config = WhisperConfigReader.Read(folder.Config);
            PreprocessorFile.Check(path, config.Encoder);
            var generation = WhisperFolder.Generation(path, folder.Config, config);
            var tokenizer = TokenizerFiles.Load(path, new TokenizerLoadOptions { Whisper = true });
            var weights = Own(new CheckpointWeights(folder, WeightStorage.Stored));
            var model = new WhisperModel(config, weights);
            weights.ThrowIfIncomplete();
            var tokens = WhisperFolder.Tokens(path, config, generation, tokenizer);
            if (options is not null) AdapterLoading.Use(weights, options);
            if (ModelLoading.ChecksWeights(options ?? new ModelLoadOptions(), folder.Tensors.Values.Sum(tensor => tensor.ByteLength))) WeightScan.RequireFinite(folder);
            var workers = Own(SharedWorkers.Of((options ?? new ModelLoadOptions()).Threads));
            var ops = Own(new InferenceOps(workers.Pool));
            return new LoadedWhisper(model, ops, new ModelGate(workers.Turns, ops), tokenizer, tokens, generation.AlignmentHeads, [.. owned])
            {
                Start = WhisperFolder.Start(path, generation, tokens),
                Warnings = AdapterLoading.Warnings(weights),
                Beams = new WhisperBeams(generation.NumBeams, generation.LengthPenalty, GenerationOptions.Of(generation.EarlyStopping)),
            };
        }
        catch
        {
            for (var i = owned.Count - 1; i >= 0; i--) owned[i].Dispose();
            throw;
        }

        T Own<T>(T item)
            where T : IDisposable
        {
            owned.Add(item);
            return item;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Gate.Close(() =>
    {
        for (var i = _owned.Length - 1; i >= 0; i--) _owned[i].Dispose();
    });

    /// <summary>A session of one clip and this number of texts about it; its caller must hold the gate.</summary>
    internal WhisperSession Begin(int texts = 1, CancellationToken cancellation = default) =>
        new(Model, _ops, texts: texts, cancellation: cancellation);
}
