using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>A classifier that owns its model, for any kind of model folder.</summary>
public sealed class LoadedClassifier : IClassifier, IDisposable
{
    private readonly IClassifier _classifier;
    private readonly IDisposable _model;

    private LoadedClassifier(string kind, IClassifier classifier, IDisposable model) => (Kind, _classifier, _model) = (kind, classifier, model);

    /// <summary>The model_type of config.json.</summary>
    public string Kind { get; }

    /// <summary>The model's own label sets; empty for published models.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets =>
        _model is SpeechModel own ? own.Info.LabelSets : new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings => TaskModels.Warnings(_model);

    /// <summary>Loads a folder: one of our small models, Whisper or Qwen2-Audio.</summary>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is missing or uses unsupported settings.</exception>
    /// <exception cref="NotSupportedException">The model is of a kind that does not classify audio.</exception>
    public static LoadedClassifier Load(string path, TaskOptions? options = null)
    {
        var chosen = options ?? new TaskOptions();
        var source = ModelSource.Open(path);
        return source.Kind switch
        {
            ModelKinds.Whisper => Of(ModelKinds.Whisper, LoadedWhisper.Of(source, chosen.Model), model => new WhisperClassifier(model, chosen.Whisper.Language)),
            ModelKinds.Qwen2Audio => Of(ModelKinds.Qwen2Audio, ChatModel.Of(source, chosen.Model, chosen.Prompt.Template), model => new PromptClassifier(model, chosen.Prompt)),
            ModelKinds.Qwen2AudioCtc => Of(ModelKinds.Qwen2AudioCtc, SpeechModel.Of(source, chosen.Model), model => new Classifier(model, chosen.Classifier)),
            _ => throw TaskModels.DoesNotSupport(source, "classify audio"),
        };
    }

    public int SampleRate => _classifier.SampleRate;

    public Classification Classify(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _classifier.Classify(clip, labels, progress, cancellation);

    public Task<Classification> ClassifyAsync(
        AudioClip clip, IReadOnlyList<string>? labels = null, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _classifier.ClassifyAsync(clip, labels, progress, cancellation);

    public void Dispose() => _model.Dispose();

    private static LoadedClassifier Of<TModel>(string kind, TModel model, Func<TModel, IClassifier> make)
        where TModel : IDisposable => new(kind, Ownership.Pass(model, make), model);
}
