using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Tasks;

/// <summary>A transcriber that owns its model, for any kind of model folder.</summary>
public sealed class LoadedTranscriber : ITranscriber, IDisposable
{
    private readonly ITranscriber _transcriber;
    private readonly IDisposable _model;
    private readonly TaskOptions _options;

    private LoadedTranscriber(string path, string kind, ITranscriber transcriber, IDisposable model, TaskOptions options)
    {
        (Kind, _transcriber, _model, _options) = (kind, transcriber, model, options);
        Name = options.Model.Adapter is { } adapter ? $"{path} with {adapter}" : path;
    }

    /// <summary>The model_type of config.json.</summary>
    public string Kind { get; }

    /// <summary>The folder and, if there is one, the adapter's.</summary>
    public string Name { get; }

    /// <summary>Description of how texts are chosen.</summary>
    public string Decoding => _model switch
    {
        LoadedWhisper whisper => Described(whisper, whisper.Start.Complete(_options.Whisper, whisper)),
        SpeechModel own => own.Info.Decoding,
        _ => $"most probable tokens, language {_options.Prompt.Language ?? "detected"}",
    };

    /// <summary>The model if it is one of our small models, valid until this is disposed; null for other kinds.</summary>
    public SpeechModel? SpeechModel => _model as SpeechModel;

    /// <summary>A classifier with the same model, valid until this is disposed.</summary>
    public IClassifier AsClassifier() => _model switch
    {
        LoadedWhisper whisper => new WhisperClassifier(whisper, _options.Whisper.Language),
        ChatModel chat => new PromptClassifier(chat, _options.Prompt),
        _ => new Classifier((SpeechModel)_model, _options.Classifier),
    };

    /// <summary>Warnings from loading.</summary>
    public IReadOnlyList<TaskWarning> Warnings => TaskModels.Warnings(_model);

    /// <summary>Loads a folder: one of our small models, Whisper or Qwen2-Audio.</summary>
    /// <exception cref="CheckpointException">The folder does not exist, or weights are damaged, missing or of the wrong shape.</exception>
    /// <exception cref="ConfigException">A configuration file is missing or uses unsupported settings.</exception>
    /// <exception cref="NotSupportedException">The model is of a kind that does not transcribe.</exception>
    public static LoadedTranscriber Load(string path, TaskOptions? options = null)
    {
        var chosen = options ?? new TaskOptions();
        var source = ModelSource.Open(path);
        return source.Kind switch
        {
            ModelKinds.Whisper => Of(path, ModelKinds.Whisper, chosen, LoadedWhisper.Of(source, chosen.Model), model => new WhisperTranscriber(model, chosen.Whisper)),
            ModelKinds.Qwen2Audio => Of(path, ModelKinds.Qwen2Audio, chosen, ChatModel.Of(source, chosen.Model, chosen.Prompt.Template), model => new PromptTranscriber(model, chosen.Prompt)),
            ModelKinds.Qwen2AudioCtc => Of(path, ModelKinds.Qwen2AudioCtc, chosen, SpeechModel.Of(source, chosen.Model), model => new Transcriber(model, chosen.Transcriber)),
            _ => throw TaskModels.DoesNotSupport(source, "transcribe"),
        };
    }

    public int SampleRate => _transcriber.SampleRate;

    public Transcription Transcribe(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _transcriber.Transcribe(clip, progress, cancellation);

    public Task<Transcription> TranscribeAsync(AudioClip clip, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        _transcriber.TranscribeAsync(clip, progress, cancellation);

    /// <summary>The transcriber of a model that was trained for audio that arrives in pieces, valid until this is disposed; null for other models.</summary>
    public Transcriber? Streaming => _transcriber is Transcriber { CanStream: true } own ? own : null;

    /// <summary>Begins to transcribe audio while it arrives.</summary>
    /// <exception cref="NotSupportedException">The model is of another kind than our small ones, or was trained for whole clips only.</exception>
    public TranscriptionStream Stream() => _transcriber is Transcriber own ? own.Stream()
        : throw new NotSupportedException($"{Name} is a {Kind} model; streaming needs a {ModelKinds.Qwen2AudioCtc} model (a small model trained by this program).");

    /// <summary>The same model for speech in one language and text in another: codes or names, such as "en" or "English". Null speech: as the options say, otherwise detected; null text: the language of the speech.</summary>
    /// <exception cref="OptionException">The model does not have the language.</exception>
    /// <exception cref="NotSupportedException">The model does not write that language for speech in this one.</exception>
    public ITranscriber In(string? speech, string? text = null)
    {
        switch (_model)
        {
            case LoadedWhisper whisper:
                var spoken = speech ?? _options.Whisper.Language;
                var translate = text is null ? _options.Whisper.Translate : spoken is null || !IsSame(text, spoken);
                if (text is not null && translate == true && !IsSame(text, "en")) throw Unwritten("en, or the spoken language");
                return new WhisperTranscriber(whisper, _options.Whisper with { Language = spoken, Translate = translate });
            case ChatModel chat:
                var language = speech ?? _options.Prompt.Language;
                return text is null || (language is not null && IsSame(text, language)) ? new PromptTranscriber(chat, _options.Prompt with { Language = language }) : throw Unwritten(language ?? "the spoken language");
            default:
                return IsSame(speech ?? "en", "en") && IsSame(text ?? "en", "en") ? this : throw Unwritten("en");
        }

        static bool IsSame(string one, string other) => SpokenLanguage.Find(one, SpokenLanguage.IsCode) is { } code && code == SpokenLanguage.Find(other, SpokenLanguage.IsCode);

        NotSupportedException Unwritten(string allowed) => new($"Speech in {speech ?? "any language"} as text in {text ?? speech}; a {Kind} model allows: {allowed}.");
    }

    public void Dispose() => _model.Dispose();

    private static string Described(LoadedWhisper speech, WhisperOptions options) =>
        $"{(options.BeamsOver(speech.Beams).Beams is > 1 and var beams ? $"{beams} beams" : "greedy")}, "
            + $"language {options.Language ?? "detected"}{(options.Translate == true ? ", translated" : "")}";

    private static LoadedTranscriber Of<TModel>(string path, string kind, TaskOptions options, TModel model, Func<TModel, ITranscriber> make)
        where TModel : IDisposable => new(path, kind, Ownership.Pass(model, make), model, options);
}
