using Qwen2Audio.Tasks.Clips;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// The language and task that a folder sets for callers that do not, as the reference reads them: <c>language</c> and <c>task</c>
/// of generation_config.json; if neither they nor the caller's options are set, <c>forced_decoder_ids</c>.
/// </summary>
internal sealed record WhisperStart
{
    /// <summary>Language code.</summary>
    public string? Language { get; init; }

    /// <summary>Whether the task is "translate"; null: not set.</summary>
    public bool? Translate { get; init; }

    /// <summary>Language code of forced_decoder_ids; null: the model detects it.</summary>
    public string? ForcedLanguage { get; init; }

    /// <summary>Whether forced_decoder_ids request translation.</summary>
    public bool ForcedTranslate { get; init; }

    /// <summary>Fills in the language (null: detected by the model) and the task.</summary>
    /// <exception cref="OptionException">The model does not have the language or the task.</exception>
    public WhisperOptions Complete(WhisperOptions options, LoadedWhisper speech)
    {
        var tokens = speech.Tokens;
        var asked = SpokenLanguage.Choose(options.Language, tokens.IsMultilingual ? tokens.Languages.Keys.ToArray() : ["en"]);
        var language = options.Language is null ? Language : asked;
        var translate = options.Translate ?? Translate;
        var isForced = options.Language is null && language is null && translate is null;
        if (options.Translate == true && !tokens.Tasks.ContainsKey("translate")) throw new OptionException("The model does not translate: it has no translate task.");
        return options with { Language = isForced ? ForcedLanguage : language, Translate = isForced ? ForcedTranslate : translate ?? false };
    }
}
