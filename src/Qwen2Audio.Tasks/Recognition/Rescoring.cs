using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>Judges the texts of a search again with a neural language model: its ln P is added, and the n-gram model counts less.</summary>
/// <param name="model">The neural model.</param>
/// <param name="weight">Weight of its ln P.</param>
/// <param name="ngramShare">What remains of the n-gram model's score.</param>
/// <param name="count">Number of texts that are judged; the others are dropped.</param>
internal sealed class Rescoring(NeuralLanguageModel model, double weight, double ngramShare, int count)
{
    /// <summary>Weight of the neural model's ln P.</summary>
    public double Weight => weight;

    /// <summary>Candidates and the parts of their scores that are the language models', best first.</summary>
    /// <param name="candidates">The candidates, best first.</param>
    /// <param name="languages">The parts of their scores that are the n-gram model's.</param>
    /// <param name="text">A candidate's text.</param>
    public (IReadOnlyList<LexiconCandidate> Candidates, List<double> Languages) Apply(
        IReadOnlyList<LexiconCandidate> candidates, IReadOnlyList<double> languages, Func<LexiconCandidate, string> text)
    {
        var scores = model.Score([.. candidates.Take(count).Select(text)]);
        var judged = scores.Select((score, i) => (Before: i, Language: ngramShare * languages[i] + weight * score))
            .Select(item => (Candidate: candidates[item.Before] with { Score = candidates[item.Before].Score - languages[item.Before] + item.Language }, item.Language))
            .OrderByDescending(item => item.Candidate.Score).ToList();
        return ([.. judged.Select(item => item.Candidate)], [.. judged.Select(item => item.Language)]);
    }
}
