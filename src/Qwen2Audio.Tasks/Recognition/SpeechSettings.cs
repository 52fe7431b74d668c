using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Tasks.Domain;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Settings of a small model's folder: label sets (config.json) and decoding (generation_config.json).</summary>
internal sealed record SpeechSettings
{
    /// <summary>Closed label sets by task ("digit", "keyword", "sound", "speech").</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets { get; init; }

    /// <summary>The words of the labels that are spoken.</summary>
    public IReadOnlySet<string> SpokenLabels => LabelSets.Where(set => set.Key is not (LabelSet.Sound or LabelSet.Speech))
        .SelectMany(set => set.Value).SelectMany(label => LabelSet.Spelled(label).Split(' ')).ToHashSet(StringComparer.Ordinal);

    /// <summary>The token that ends a text.</summary>
    public required int EndToken { get; init; }

    /// <summary>Width of the beam searches.</summary>
    public int CtcBeam { get; init; } = 8;

    /// <summary>Weight of the CTC score when candidates are compared.</summary>
    public double CtcWeight { get; init; } = 0.7;

    /// <summary>Weight of the CTC score of spoken labels.</summary>
    public double LabelCtcWeight { get; init; }

    /// <summary>Minimum probability of speech for a transcription.</summary>
    public double SpeechThreshold { get; init; } = 0.5;

    /// <summary>Default weight of the language model with a lexicon, where no word gets a bonus: phones decide less than text units, and n-grams of words more.</summary>
    public const double LexiconLanguageWeight = 0.9;

    /// <summary>Weight of the language model.</summary>
    public double LanguageModelWeight { get; init; } = 0.5;

    /// <summary>Bonus of a word with the language model.</summary>
    public double WordBonus { get; init; } = 1.5;

    /// <summary>The language model; null: none.</summary>
    public ShallowFusion? LanguageModel { get; init; }

    /// <summary>Hypotheses that the search through a lexicon keeps after each row.</summary>
    public int LexiconWidth { get; init; } = 300;

    /// <summary>That search drops hypotheses whose score is this much below the best one's.</summary>
    public double LexiconBeam { get; init; } = 14;

    /// <summary>Exponent of the phones' prior probabilities, by which that search divides.</summary>
    public double PhonePriorWeight { get; init; } = 0.6;

    /// <summary>Factor of the scores of that search's texts when the words' probabilities are computed from them.</summary>
    public double WordPosteriorScale { get; init; } = 0.5;

    /// <summary>Texts of that search that a neural language model judges.</summary>
    public int RescoringTexts { get; init; } = 32;

    /// <summary>Weight of that model's ln P.</summary>
    public double RescoringWeight { get; init; } = 0.4;

    /// <summary>Factor of the n-gram model's score when that model judges.</summary>
    public double RescoringNGramShare { get; init; } = 0.8;

    /// <summary>The words that are looked for in the phones; null: texts come from the text units.</summary>
    public WordRecognition? Lexicon { get; init; }

    /// <summary>Writes words with capitals and punctuation; null: they stay as they are heard.</summary>
    public Punctuator? Punctuator { get; init; }

    /// <summary>The model's domain (domain.json); null: unknown.</summary>
    public ModelDomain? Domain { get; init; }
}
