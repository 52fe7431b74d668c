using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Domain;

/// <summary>A model's domain: scores and thresholds, measured on recordings of the domain, beyond which its answers are unreliable.</summary>
internal sealed record ModelDomain
{
    /// <summary>The warning's code.</summary>
    public const string Code = "out-of-domain";

    /// <summary>The confidences of words; null: they are not calibrated.</summary>
    public WordCalibration? Words { get; init; }

    /// <summary>Finds words that are not in the audio; null: it is not fitted.</summary>
    public HallucinationTest? Hallucinations { get; init; }

    /// <summary>Minimum score (<see cref="TextScore"/>) of a reliable text; null: no claim.</summary>
    public double? MinTextScore { get; init; }

    /// <summary>The domain of each label set.</summary>
    public IReadOnlyDictionary<string, LabelSetDomain> LabelSets { get; init; } = new Dictionary<string, LabelSetDomain>(StringComparer.Ordinal);

    /// <summary>The mean confidence of a piece's words: what share of them is expected to be right.</summary>
    public static double TextScore(WordCalibration calibration, WordEvidence[] words) => words.Average(word => calibration.Confidence(word));

    /// <summary>Whether audio resembles the recordings of a label set; null when nothing is known about the set.</summary>
    public bool? Holds(string set, IReadOnlyList<EncodedPiece> pieces, out TaskWarning? warning)
    {
        warning = null;
        if (pieces.Count == 0 || !LabelSets.TryGetValue(set, out var known)) return null;
        var distance = known.Gaussian.Distance(pieces);
        var made = known.Synthetic?.Of(pieces);
        if (distance <= known.MaxDistance && !(made > known.MaxSyntheticOdds)) return true;
        var reason = distance > known.MaxDistance ? $"distance {distance:0}, usually at most {known.MaxDistance:0}"
            : $"log odds of a tone or noise {made:0.0}, usually at most {known.MaxSyntheticOdds:0.0}";
        warning = new TaskWarning(Code, $"Possibly none of these: the audio is unlike the recordings from which the model learned the label set \"{set}\" ({reason}).");
        return false;
    }

    /// <summary>The warning about texts with a low score, each with its piece's start in seconds; <paramref name="pieces"/> is the number of pieces with text.</summary>
    public TaskWarning OutOfDomain(IReadOnlyList<(double Start, double Score)> low, int pieces)
    {
        var where = pieces == 1 ? "" : $" in {low.Count} of {pieces} pieces (from {string.Join(", ", low.Select(piece => $"{piece.Start:0.0} s"))})";
        return new TaskWarning(Code, $"The words{where} are probably wrong: only {low.Min(piece => piece.Score):P0} of them are expected to be right (usually at least {MinTextScore:P0}). Is this speech of a kind that the model knows?");
    }
}
