using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks;

/// <summary>
/// A loaded small model. <see cref="Transcriber"/>, <see cref="Classifier"/> and, if it speaks, <see cref="Synthesizer"/> and <see cref="Continuer"/> may share it and call it from
/// several threads at the same time: calls take turns, and a short one does not wait for a long one.
/// </summary>
public sealed class SpeechModel : IDisposable
{
    private readonly IDisposable[] _owned;
    private readonly Lock _opening = new();
    private ModelParts<LoadedSynthesis>? _speaking;

    internal SpeechModel(SpeechModelInfo info, ISpeechNetwork speech, ModelGate gate, params IDisposable[] owned)
    {
        (Info, Gate, _owned) = (info, gate, owned);
        Speech = speech;
    }

    /// <summary>Description of the model.</summary>
    public SpeechModelInfo Info { get; }

    /// <summary>The model_type of config.json.</summary>
    public string Kind => Info.Kind;

    /// <summary>Warnings from loading: settings without effect, an unused output head, an adapter made for another model.</summary>
    public IReadOnlyList<TaskWarning> Warnings { get; internal init; } = [];

    /// <summary>Lets callers take turns.</summary>
    internal ModelGate Gate { get; }

    /// <summary>The weights, operators and gate.</summary>
    internal ModelParts<LoadedModel>? Parts { get; init; }

    /// <summary>The part that speaks, and the codec, which is opened on first use; the same for all callers.</summary>
    /// <exception cref="ConfigException">The model does not speak, or does not fit its codec.</exception>
    /// <exception cref="CheckpointException">The codec is missing or damaged.</exception>
    internal ModelParts<LoadedSynthesis> Speaking
    {
        get
        {
            lock (_opening)
            {
                ObjectDisposedException.ThrowIf(Gate.IsClosed, this);
                return _speaking ??= Ownership.Pass(LoadedSynthesis.Of(Parts!.Model), part =>
                {
                    part.Codec.CheckWeights();
                    return ModelParts<LoadedSynthesis>.Of(part, Parts);
                });
            }
        }
    }

    internal ISpeechNetwork Speech
    {
        get
        {
            ObjectDisposedException.ThrowIf(Gate.IsClosed, this);
            return field;
        }
    }

    /// <summary>Loads a model folder: config.json, weights, text units, preprocessor_config.json and generation_config.json.</summary>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is missing or uses unsupported settings.</exception>
    /// <exception cref="TokenizerFileException">The text units are missing or do not match the model.</exception>
    /// <exception cref="NotSupportedException">The model is of another kind; names those that are supported.</exception>
    public static SpeechModel Load(string path, ModelLoadOptions? options = null) => Of(ModelSource.Open(path), options);

    /// <summary>Loads from a source and takes ownership of it, even when loading fails.</summary>
    internal static SpeechModel Of(ModelSource source, ModelLoadOptions? options = null) =>
        Ownership.Pass(source, _ => SpeechModelLoader.Load(source, options ?? new ModelLoadOptions()));

    /// <summary>Loads the model of <see cref="DefaultFolder"/>.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist. Other exceptions as for <see cref="Load"/>.</exception>
    public static SpeechModel LoadDefault(ModelLoadOptions? options = null) => Load(
        DefaultFolder() ?? throw new DirectoryNotFoundException(
            $"models/default is neither in {AppContext.BaseDirectory} or {Directory.GetCurrentDirectory()} nor in a folder above them; load a model by its path."),
        options);

    /// <summary>The folder models/default next to the program or in a folder above it, otherwise in the current folder or one above it; null if there is none.</summary>
    public static string? DefaultFolder()
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "models", "default");
                if (File.Exists(Path.Combine(candidate, "config.json"))) return candidate;
            }
        }

        return null;
    }

    /// <summary>Prepares and encodes a clip once, for several uses: transcriptions with other options, classifications among other labels.</summary>
    /// <param name="clip">The audio.</param>
    /// <param name="maxPieceSeconds">Maximum piece length in seconds, at least 1; longer audio is split at pauses. The model's own limit applies as well.</param>
    /// <param name="progress">Called on the computing thread with the fraction of the work done, 0…1; it must not wait for a model.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The maximum piece length is below 1 second.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public EncodedClip Encode(
        AudioClip clip, double maxPieceSeconds = ClipEncoder.MaxPieceSeconds, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var began = Stopwatch.GetTimestamp();
        return Gate.Run(() => ClipEncoder.Prepare(Speech, clip, maxPieceSeconds, began, progress).Kept(), cancellation);
    }

    public void Dispose() => Gate.Close(() =>
    {
        lock (_opening) _speaking?.Model.Dispose();
        foreach (var item in _owned) item.Dispose();
    });
}
