using Qwen2Audio.Tasks.Domain;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>What a small model's folder says beside its sizes: label sets (config.json) and decoding (generation_config.json).</summary>
internal sealed record SpeechSettings
{
    /// <summary>Closed label sets by task ("digit", "keyword", "sound", "speech").</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets { get; init; }

    /// <summary>The token that ends a text.</summary>
    public required int EndToken { get; init; }

    /// <summary>Width of the beam searches.</summary>
    public int CtcBeam { get; init; } = 8;

    /// <summary>Share of the CTC score when candidates are chosen.</summary>
    public double CtcWeight { get; init; } = 0.7;

    /// <summary>Share of the CTC score of spoken labels.</summary>
    public double LabelCtcWeight { get; init; }

    /// <summary>Least probability of speech for words.</summary>
    public double SpeechThreshold { get; init; } = 0.5;

    /// <summary>What the model can judge (domain.json); null: not known.</summary>
    public ModelDomain? Domain { get; init; }
}
