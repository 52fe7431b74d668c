using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Tasks;

/// <summary>Choices for models of any kind; each kind reads its own.</summary>
public sealed record TaskOptions
{
    /// <summary>How the model is loaded.</summary>
    public AudioModelOptions Model { get; init; } = new();

    /// <summary>For our small models.</summary>
    public TranscriberOptions Transcriber { get; init; } = new();

    /// <summary>For our small models.</summary>
    public ClassifierOptions Classifier { get; init; } = new();

    /// <summary>For Whisper.</summary>
    public WhisperOptions Whisper { get; init; } = new();

    /// <summary>For Qwen2-Audio.</summary>
    public PromptOptions Prompt { get; init; } = new();
}

/// <summary>A transcriber together with the model that it owns, of whichever kind a folder holds.</summary>
public sealed class LoadedTranscriber : ITranscriber, IDisposable
{
    private readonly ITranscriber _transcriber;
    private readonly IDisposable _model;

    private LoadedTranscriber(string kind, ITranscriber transcriber, IDisposable model) => (Kind, _transcriber, _model) = (kind, transcriber, model);

    /// <summary>model_type of config.json.</summary>
    public string Kind { get; }

    /// <summary>Loads a folder: one of our small models, Whisper or Qwen2-Audio.</summary>
    /// <exception cref="CheckpointException">No such folder, or weights that are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is missing or holds what is not supported.</exception>
    /// <exception cref="NotSupportedException">A kind of model that does not transcribe.</exception>
    public static LoadedTranscriber Load(string path, TaskOptions? options = null)
    {
        var chosen = options ?? new TaskOptions();
        return TaskModels.Kind(path) switch
        {
            ModelKinds.Whisper => Of(ModelKinds.Whisper, WhisperSpeech.Load(path, chosen.Model), model => new WhisperTranscriber(model, chosen.Whisper)),
            ModelKinds.Qwen2Audio => Of(ModelKinds.Qwen2Audio, ChatModel.Load(path, chosen.Model), model => new PromptTranscriber(model, chosen.Prompt)),
            ModelKinds.Qwen2AudioCtc => Of(ModelKinds.Qwen2AudioCtc, AudioModel.Load(path, chosen.Model), model => new Transcriber(model, chosen.Transcriber)),
            var kind => throw TaskModels.Deaf(path, kind, "transcribe"),
        };
    }

    /// <inheritdoc/>
    public Transcription Transcribe(string path, CancellationToken cancellation = default) => _transcriber.Transcribe(path, cancellation);

    /// <inheritdoc/>
    public Transcription Transcribe(AudioClip clip, CancellationToken cancellation = default) => _transcriber.Transcribe(clip, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private static LoadedTranscriber Of<TModel>(string kind, TModel model, Func<TModel, ITranscriber> make)
        where TModel : IDisposable => new(kind, TaskModels.Guard(model, make), model);
}

/// <summary>A classifier together with the model that it owns, of whichever kind a folder holds.</summary>
public sealed class LoadedClassifier : IClassifier, IDisposable
{
    private readonly IClassifier _classifier;
    private readonly IDisposable _model;

    private LoadedClassifier(string kind, IClassifier classifier, IDisposable model) => (Kind, _classifier, _model) = (kind, classifier, model);

    /// <summary>model_type of config.json.</summary>
    public string Kind { get; }

    /// <summary>The model's own label sets; none for published models.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets =>
        _model is AudioModel own ? own.Info.LabelSets : new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>Loads a folder: one of our small models, Whisper or Qwen2-Audio.</summary>
    /// <exception cref="CheckpointException">No such folder, or weights that are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is missing or holds what is not supported.</exception>
    /// <exception cref="NotSupportedException">A kind of model that does not classify audio.</exception>
    public static LoadedClassifier Load(string path, TaskOptions? options = null)
    {
        var chosen = options ?? new TaskOptions();
        return TaskModels.Kind(path) switch
        {
            ModelKinds.Whisper => Of(ModelKinds.Whisper, WhisperSpeech.Load(path, chosen.Model), model => new WhisperClassifier(model, chosen.Whisper.Language ?? "en")),
            ModelKinds.Qwen2Audio => Of(ModelKinds.Qwen2Audio, ChatModel.Load(path, chosen.Model), model => new PromptClassifier(model, chosen.Prompt)),
            ModelKinds.Qwen2AudioCtc => Of(ModelKinds.Qwen2AudioCtc, AudioModel.Load(path, chosen.Model), model => new Classifier(model, chosen.Classifier)),
            var kind => throw TaskModels.Deaf(path, kind, "classify audio"),
        };
    }

    /// <inheritdoc/>
    public Classification Classify(string path, IReadOnlyList<string>? labels = null, CancellationToken cancellation = default) =>
        _classifier.Classify(path, labels, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private static LoadedClassifier Of<TModel>(string kind, TModel model, Func<TModel, IClassifier> make)
        where TModel : IDisposable => new(kind, TaskModels.Guard(model, make), model);
}

/// <summary>What the loaders share.</summary>
internal static class TaskModels
{
    public static string Kind(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            throw new CheckpointException(path, "path", File.Exists(path) ? "a file" : "nothing: there is no such folder", "a model folder");
        return ConfigObject.Read(Path.Combine(path, "config.json"), config => config.String("model_type", [.. ModelKinds.All]));
    }

    public static NotSupportedException Deaf(string path, string kind, string task) =>
        new($"{path}: a {kind} model does not {task}; {ModelKinds.Qwen2Audio}, {ModelKinds.Whisper} and {ModelKinds.Qwen2AudioCtc} do.");

    public static TTask Guard<TModel, TTask>(TModel model, Func<TModel, TTask> make)
        where TModel : IDisposable
    {
        try
        {
            return make(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
