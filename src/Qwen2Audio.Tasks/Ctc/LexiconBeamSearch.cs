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
    private readonly WordScores _scores = scores;

    /// <summary>Begins a search to which rows are added.</summary>
    public Progress Begin() => new(this);

    /// <summary>The most probable word sequences, best first; none when the rows end within every word that the search kept.</summary>
    /// <param name="posteriors">Log probabilities of the phones in each row.</param>
    /// <param name="count">Maximum number of results.</param>
    public IReadOnlyList<LexiconCandidate> Search(CtcPosteriors posteriors, int count)
    {
        var progress = Begin();
        progress.Add(posteriors);
        return progress.Candidates(count);
    }

    private Frontier NewFrontier() => new(width, beam);

    private void Stay(in Hypothesis hypothesis, int row, ReadOnlySpan<float> logs, Frontier frontier)
    {
        var phone = tree.Phone(hypothesis.Node);
        frontier.Add(hypothesis.Node, hypothesis.History, hypothesis.Total + logs[CtcPosteriors.Blank], phone > 0 ? hypothesis.Label + logs[phone] : Never,
            hypothesis.Path.Plus(logs[CtcPosteriors.Blank]), LexiconTree.IsRoot(hypothesis.Node) ? hypothesis.LabelPath.Plus(logs[phone]) with { End = row + 1 } : hypothesis.LabelPath.Plus(logs[phone]));
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

    /// <summary>A search while rows arrive. The result does not depend on how they are divided.</summary>
    public sealed class Progress
    {
        private readonly LexiconBeamSearch _search;
        private readonly WordHistories _histories;
        private readonly WordPaths _paths = new();
        private readonly Frontier _frontier;
        private readonly List<Hypothesis> _hypotheses = [new() { Blank = 0, Label = Never, Total = 0, BlankPath = WordPath.Empty, LabelPath = WordPath.None }];
        private int _row;

        internal Progress(LexiconBeamSearch search) => (_search, _histories, _frontier) = (search, new WordHistories(search._scores), search.NewFrontier());

        /// <summary>Adds rows.</summary>
        /// <param name="posteriors">Log probabilities of the phones in each of them.</param>
        public void Add(CtcPosteriors posteriors)
        {
            for (var row = 0; row < posteriors.Rows; row++, _row++)
            {
                var logs = posteriors.Row(row);
                foreach (ref readonly var hypothesis in CollectionsMarshal.AsSpan(_hypotheses)) _search.Stay(in hypothesis, _row, logs, _frontier); // first, so that most others are below the beam at once
                foreach (ref readonly var hypothesis in CollectionsMarshal.AsSpan(_hypotheses)) _search.Advance(in hypothesis, _row, logs, _frontier, _histories, _paths);
                _frontier.MoveTo(_hypotheses);
            }
        }

        /// <summary>The words so far of the most probable hypothesis; a word that has only begun is left out.</summary>
        public int[] Begun() => _hypotheses.Count == 0 ? [] : _histories.Words(_hypotheses.MaxBy(hypothesis => hypothesis.Total).History);

        /// <summary>The most probable word sequences if no row follows, best first; none when the rows end within every word that the search kept.</summary>
        /// <param name="count">Maximum number of results.</param>
        public IReadOnlyList<LexiconCandidate> Candidates(int count)
        {
            var ended = new Dictionary<int, (double Total, WordPath Path)>();
            foreach (var hypothesis in _hypotheses)
            {
                if (!LexiconTree.IsRoot(hypothesis.Node)) continue;
                var (total, path) = ended.GetValueOrDefault(hypothesis.History, (Never, WordPath.None));
                ended[hypothesis.History] = (LogSumExp.Of(total, hypothesis.Total), WordPath.Better(path, hypothesis.Path));
            }

            return [.. ended.Select(end => (end.Key, Score: end.Value.Total + _histories.ScoreOfEnd(end.Key), end.Value.Path)).OrderByDescending(end => end.Score).Take(count)
                .Select(end => new LexiconCandidate(_histories.Words(end.Key), end.Score, _paths.Rows(end.Path)))];
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
