using Qwen2Audio.Tasks.Clips;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// The language and the task that a folder asks for where the caller does not, as the reference reads them: <c>language</c> and <c>task</c>
/// of generation_config.json; where neither they nor the caller say anything, <c>forced_decoder_ids</c>.
/// </summary>
internal sealed record WhisperStart
{
    /// <summary>Code of language.</summary>
    public string? Language { get; init; }

    /// <summary>Whether task is "translate"; null: it is not there.</summary>
    public bool? Translate { get; init; }

    /// <summary>Code of the language among forced_decoder_ids; null: the model tells it.</summary>
    public string? ForcedLanguage { get; init; }

    /// <summary>Whether forced_decoder_ids ask for a translation.</summary>
    public bool ForcedTranslate { get; init; }

    /// <summary>The options with the language (null: told by the model) and the task of each text.</summary>
    /// <exception cref="OptionException">The model does not have the language or the task.</exception>
    public WhisperOptions Complete(WhisperOptions options, LoadedWhisper speech)
    {
        var tokens = speech.Tokens;
        var asked = SpokenLanguage.Choose(options.Language, tokens.IsMultilingual ? tokens.Languages.Keys.ToArray() : ["en"]);
        var language = options.Language is null ? Language : asked;
        var translate = options.Translate ?? Translate;
        var isForced = options.Language is null && language is null && translate is null;
        if (options.Translate == true && !tokens.Tasks.ContainsKey("translate")) throw new OptionException("The model does not translate: it has no such task.");
        return options with { Language = isForced ? ForcedLanguage : language, Translate = isForced ? ForcedTranslate : translate ?? false };
    }
}
