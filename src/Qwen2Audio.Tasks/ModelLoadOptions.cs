namespace Qwen2Audio.Tasks;

/// <summary>Options of <see cref="SpeechModel.Load"/>.</summary>
public sealed record ModelLoadOptions
{
    /// <summary>Number of threads, including the caller's; 0: one per processor. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Whether to read all weights once and reject any that are not finite; null: only for models below 256 MiB.</summary>
    public bool? CheckWeights { get; init; }

    /// <summary>Whether to ignore domain.json: the model then never warns that audio is out of its domain.</summary>
    public bool IgnoreDomain { get; init; }

    /// <summary>Folder of a low-rank adapter in peft's format; null: none.</summary>
    public string? Adapter { get; init; }

    /// <summary>Small models: n-gram model for the beam search, in this program's form or ARPA's; null: the one in the model's folder, if any.</summary>
    public string? LanguageModel { get; init; }

    /// <summary>Small models that were trained with phones: lexicon in which to look for words, as the command lexicon writes it; null: the one in the model's folder, if any.</summary>
    public string? Lexicon { get; init; }

    /// <summary>Weight of the language model's ln P, 0…100; null: <c>language_model_weight</c> of generation_config.json, otherwise 0.5, or 0.9 with a lexicon.</summary>
    public double? LanguageModelWeight { get; init; }

    /// <summary>Score added for each word with a language model; null: <c>word_bonus</c> of generation_config.json, otherwise 1.5, or 0 with a lexicon.</summary>
    public double? WordBonus { get; init; }
}
