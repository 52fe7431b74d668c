using Qwen2Audio.Model;

namespace Qwen2Audio.Tasks;

/// <summary>Description of a loaded model.</summary>
public sealed record SpeechModelInfo
{
    /// <summary>The folder it was loaded from.</summary>
    public required string Path { get; init; }

    /// <summary>The model_type of config.json.</summary>
    public required string Kind { get; init; }

    /// <summary>Sizes.</summary>
    public required Qwen2AudioConfig Config { get; init; }

    /// <summary>Number of elements in all tensors.</summary>
    public required long Parameters { get; init; }

    /// <summary>Stored bytes of all tensors.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Sampling rate of the model in Hz; other audio is resampled.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Encoder rows (those of the CTC head) per second; the decoder gets half as many.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>
    /// Delay of streaming recognition in seconds: an encoder row is known at most so long after the first of its samples, not counting the computing. Null: the
    /// model was trained for whole clips only.
    /// </summary>
    public double? StreamingDelay { get; init; }

    /// <summary>Closed label sets by task.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets { get; init; }

    /// <summary>Name of the set of words or sounds that has all of these labels, whatever their case and with spaces or underscores; null if there is none.</summary>
    public string? LabelSetOf(IReadOnlyCollection<string> labels) => LabelSets.Keys.Order(StringComparer.Ordinal)
        .FirstOrDefault(name => name != LabelSet.Speech && labels.All(label => LabelSet.Find(LabelSets[name], label) is not null));

    /// <summary>Default width of the beam searches.</summary>
    public required int CtcBeam { get; init; }

    /// <summary>Default weight of the CTC score; the rest is the decoder's.</summary>
    public required double CtcWeight { get; init; }

    /// <summary>Number of threads.</summary>
    public required int Threads { get; init; }

    /// <summary>Weight of the n-gram language model; null: there is none.</summary>
    public double? LanguageModelWeight { get; init; }

    /// <summary>Score added for each word with a language model.</summary>
    public double? WordBonus { get; init; }

    /// <summary>Number of words of the lexicon; null: there is none.</summary>
    public int? LexiconWords { get; init; }

    /// <summary>Weight of the neural language model; null: there is none.</summary>
    public double? RescoringWeight { get; init; }

    /// <summary>Description of how texts are chosen.</summary>
    public string Decoding => string.Create(CultureInfo.InvariantCulture,
        $"{CtcBeam} candidates of the {(LexiconWords is null ? "CTC beam search" : $"search for {LexiconWords} words in the phones")}, chosen by {CtcWeight:0.##} · CTC + {1 - CtcWeight:0.##} · decoder log probability")
        + (LanguageModelWeight is null ? "" : string.Create(CultureInfo.InvariantCulture, $" + {LanguageModelWeight:0.##} · language model + {WordBonus:0.##} a word"))
        + (RescoringWeight is null ? "" : string.Create(CultureInfo.InvariantCulture, $" + {RescoringWeight:0.##} · neural language model"));
}
