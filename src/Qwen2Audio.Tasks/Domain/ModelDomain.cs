using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Domain;

/// <summary>What a model can judge: scores and thresholds, measured on recordings of its domain, beyond which its answers are not to be trusted.</summary>
internal sealed record ModelDomain
{
    /// <summary>The warning's code.</summary>
    public const string Code = "out-of-domain";

    /// <summary>Least score (<see cref="TextScore"/>) of a text that is trusted; null: no claim.</summary>
    public double? LeastTextScore { get; init; }

    /// <summary>By label set, where its recordings lie.</summary>
    public IReadOnlyDictionary<string, LabelSetDomain> LabelSets { get; init; } = new Dictionary<string, LabelSetDomain>(StringComparer.Ordinal);

    /// <summary>ln P of a text by the CTC head, summed over its alignments, divided by its number of text units; of at least one unit.</summary>
    public static double TextScore(CtcPosteriors posteriors, ReadOnlySpan<int> ids) => CtcAlignment.LogProbability(posteriors, ids) / ids.Length;

    /// <summary>Whether audio is like the recordings of a label set; null where nothing is known of it.</summary>
    public bool? Holds(string set, IReadOnlyList<EncodedPiece> pieces, out TaskWarning? warning)
    {
        warning = null;
        if (pieces.Count == 0 || !LabelSets.TryGetValue(set, out var known)) return null;
        var distance = known.Gaussian.Distance(pieces);
        var made = known.Made?.Of(pieces);
        if (distance <= known.Farthest && !(made > known.MostMade)) return true;
        var reason = distance > known.Farthest ? $"distance {distance:0}, usually at most {known.Farthest:0}"
            : $"log odds of a tone or noise {made:0.0}, usually at most {known.MostMade:0.0}";
        warning = new TaskWarning(Code, $"Perhaps none of these: the audio is unlike the recordings from which the model learnt the label set \"{set}\" ({reason}).");
        return false;
    }

    /// <summary>The warning about texts with a low score, each with its piece's start in seconds; <paramref name="pieces"/> have text.</summary>
    public TaskWarning Doubt(IReadOnlyList<(double Start, double Score)> low, int pieces)
    {
        var where = pieces == 1 ? "" : $" in {low.Count} of {pieces} pieces (from {string.Join(", ", low.Select(piece => $"{piece.Start:0.0} s"))})";
        return new TaskWarning(Code, $"The words{where} are probably wrong: this does not sound like speech of the model's vocabulary (score {low.Min(piece => piece.Score):0.00}, usually at least {LeastTextScore:0.00}).");
    }
}
