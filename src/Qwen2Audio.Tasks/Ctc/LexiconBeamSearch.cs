using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>A word sequence found by <see cref="LexiconBeamSearch"/>.</summary>
/// <param name="Words">Positions in the lexicon.</param>
/// <param name="Score">Log of the summed probability of its alignments and pronunciations, as far as the search kept them, and the words' scores.</param>
/// <param name="Rows">Rows [Start, End) of each word's phones in the most probable alignment.</param>
internal sealed record LexiconCandidate(int[] Words, double Score, (int Start, int End)[] Rows);

/// <summary>
/// Prefix beam search over words: phone CTC through the prefix tree of a lexicon, with an n-gram model over words (as in Collobert et al., arXiv 1609.03193, and Hannun et al.,
/// arXiv 1408.2873, but with the alignments and pronunciations of the same words summed). A hypothesis is a word sequence and a node; what is expected of the word that it has begun counts at once.
/// Between words there may be blanks, so silence needs no phone of its own. Only words of the lexicon are found. If no hypothesis is dropped, the result is exact.
/// </summary>
/// <param name="tree">The lexicon.</param>
/// <param name="scores">The scores of words.</param>
/// <param name="width">Hypotheses kept after each row.</param>
/// <param name="beam">Hypotheses that are this much below the best one are dropped.</param>
internal sealed class LexiconBeamSearch(LexiconTree tree, WordScores scores, int width, double beam)
{
    private const double Never = double.NegativeInfinity;

    /// <summary>The most probable word sequences, best first; none when the rows end within every word that the search kept.</summary>
    /// <param name="posteriors">Log probabilities of the phones in each row.</param>
    /// <param name="count">Maximum number of results.</param>
    public IReadOnlyList<LexiconCandidate> Search(CtcPosteriors posteriors, int count)
    {
        var (histories, paths) = (new WordHistories(scores), new WordPaths());
        var ended = new Dictionary<int, (double Total, WordPath Path)>();
        foreach (var hypothesis in Run(posteriors, histories, paths))
        {
            if (!LexiconTree.IsRoot(hypothesis.Node)) continue;
            var (total, path) = ended.GetValueOrDefault(hypothesis.History, (Never, WordPath.None));
            ended[hypothesis.History] = (LogSumExp.Of(total, hypothesis.Total), WordPath.Better(path, hypothesis.Path));
        }

        return [.. ended.Select(end => (end.Key, Score: end.Value.Total + histories.ScoreOfEnd(end.Key), end.Value.Path)).OrderByDescending(end => end.Score).Take(count)
            .Select(end => new LexiconCandidate(histories.Words(end.Key), end.Score, paths.Rows(end.Path)))];
    }

    /// <summary>The words so far of the most probable hypothesis, when more rows will follow; a word that has only begun is left out.</summary>
    public int[] Begun(CtcPosteriors posteriors)
    {
        var histories = new WordHistories(scores);
        var hypotheses = Run(posteriors, histories, new WordPaths());
        return hypotheses.Count == 0 ? [] : histories.Words(hypotheses.MaxBy(hypothesis => hypothesis.Total).History);
    }

    private List<Hypothesis> Run(CtcPosteriors posteriors, WordHistories histories, WordPaths paths)
    {
        var hypotheses = new List<Hypothesis> { new() { Blank = 0, Label = Never, Total = 0, BlankPath = WordPath.Empty, LabelPath = WordPath.None } };
        var frontier = new Frontier(width, beam);
        for (var row = 0; row < posteriors.Rows; row++)
        {
            var logs = posteriors.Row(row);
            foreach (ref readonly var hypothesis in CollectionsMarshal.AsSpan(hypotheses)) // staying first, so that most others are below the beam at once
            {
                var phone = tree.Phone(hypothesis.Node);
                frontier.Add(hypothesis.Node, hypothesis.History, hypothesis.Total + logs[CtcPosteriors.Blank], phone > 0 ? hypothesis.Label + logs[phone] : Never,
                    hypothesis.Path.Plus(logs[CtcPosteriors.Blank]), LexiconTree.IsRoot(hypothesis.Node) ? hypothesis.LabelPath.Plus(logs[phone]) with { End = row + 1 } : hypothesis.LabelPath.Plus(logs[phone]));
            }

            foreach (ref readonly var hypothesis in CollectionsMarshal.AsSpan(hypotheses)) Advance(in hypothesis, row, logs, frontier, histories, paths);
            frontier.MoveTo(hypotheses);
        }

        return hypotheses;
    }

    private void Advance(in Hypothesis hypothesis, int row, ReadOnlySpan<float> logs, Frontier frontier, WordHistories histories, WordPaths paths)
    {
        var (node, last, isRoot) = (hypothesis.Node, tree.Phone(hypothesis.Node), LexiconTree.IsRoot(hypothesis.Node));
        var path = isRoot ? paths.Begin(hypothesis.Path, row) : hypothesis.Path;
        var afterBlank = !isRoot ? hypothesis.BlankPath : last > 0 ? paths.Begin(hypothesis.BlankPath, row) : path;
        for (var child = tree.Child(node); child >= 0; child = tree.Next(child))
        {
            var phone = tree.Phone(child);
            var reached = (phone == last ? hypothesis.Blank : hypothesis.Total) + logs[phone] - tree.Ahead(node);
            if (!frontier.Takes(reached + tree.Ahead(child))) continue;
            var best = (phone == last ? afterBlank : path).Plus(logs[phone]);
            if (tree.Child(child) >= 0) frontier.Add(child, hypothesis.History, Never, reached + tree.Ahead(child), WordPath.None, best);
            foreach (var word in tree.Words(child))
            {
                var ended = reached + histories.Score(hypothesis.History, word);
                if (frontier.Takes(ended)) frontier.Add(phone, histories.Extend(hypothesis.History, word), Never, ended, WordPath.None, best with { End = row + 1 });
            }
        }
    }

    /// <summary>Scores of the alignments that end in a blank and in the node's phone, and of both; the best one of each kind.</summary>
    private struct Hypothesis
    {
        public int Node, History;
        public double Blank, Label, Total;
        public WordPath BlankPath, LabelPath;

        public readonly WordPath Path => WordPath.Better(BlankPath, LabelPath);
    }

    /// <summary>The hypotheses of the next row.</summary>
    private sealed class Frontier(int width, double beam)
    {
        private readonly Dictionary<long, int> _places = []; // by history and node
        private readonly List<Hypothesis> _hypotheses = [];
        private readonly List<double> _totals = [];
        private double _best = Never;

        /// <summary>Whether a score is within the beam of what is known so far.</summary>
        public bool Takes(double score) => score > Never && score >= _best - beam;

        public void Add(int node, int history, double blank, double label, in WordPath blankPath, in WordPath labelPath)
        {
            _best = Math.Max(_best, Math.Max(blank, label));
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, ((long)history << 32) | (uint)node, out var isKnown);
            if (!isKnown)
            {
                place = _hypotheses.Count;
                _hypotheses.Add(new Hypothesis { Node = node, History = history, Blank = blank, Label = label, BlankPath = blankPath, LabelPath = labelPath });
                return;
            }

            ref var known = ref CollectionsMarshal.AsSpan(_hypotheses)[place];
            if (blank > Never) known.Blank = LogSumExp.Of(known.Blank, blank);
            if (label > Never) known.Label = LogSumExp.Of(known.Label, label);
            known.BlankPath = WordPath.Better(known.BlankPath, blankPath);
            known.LabelPath = WordPath.Better(known.LabelPath, labelPath);
        }

        /// <summary>Hands over the hypotheses that are kept; of equal ones all.</summary>
        public void MoveTo(List<Hypothesis> kept)
        {
            foreach (ref var hypothesis in CollectionsMarshal.AsSpan(_hypotheses))
            {
                hypothesis.Total = LogSumExp.Of(hypothesis.Blank, hypothesis.Label);
                if (hypothesis.Total >= _best - beam) _totals.Add(hypothesis.Total);
            }

            var least = _best - beam;
            if (_totals.Count > width)
            {
                _totals.Sort();
                least = _totals[^width];
            }

            kept.Clear();
            foreach (var hypothesis in _hypotheses)
                if (hypothesis.Total >= least && hypothesis.Total > Never) kept.Add(hypothesis);
            _places.Clear();
            _hypotheses.Clear();
            _totals.Clear();
            _best = Never;
        }
    }
}
