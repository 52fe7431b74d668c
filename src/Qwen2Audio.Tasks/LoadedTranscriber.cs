using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Tasks;

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
            ModelKinds.Qwen2Audio => Of(ModelKinds.Qwen2Audio, ChatModel.Load(path, chosen.Model, chosen.Prompt.Template), model => new PromptTranscriber(model, chosen.Prompt)),
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
