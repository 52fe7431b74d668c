using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>A label sequence found by <see cref="CtcBeamSearch"/>.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="LogProbability">Log of the summed probability of the alignments that the search kept.</param>
internal sealed record CtcCandidate(int[] Ids, double LogProbability);

/// <summary>
/// Prefix beam search (Hannun et al., arXiv 1408.2873, algorithm 1): the probabilities of alignments with the same labels are summed. A scorer, such as a
/// language model, also decides which prefixes are kept, and the order of the results. If the width is never exceeded, the result is exact. Rows may be
/// added as they become known.
/// </summary>
internal sealed class CtcBeamSearch
{
    private readonly int _width;
    private readonly IReadOnlySet<int>? _excluded;
    private readonly double _minLogProbability;
    private readonly int _maxClasses;
    private readonly IPrefixScorer? _scorer;
    private readonly List<Prefix> _touched = [];
    private readonly List<int> _classes = [];
    private List<Prefix> _beam;

    /// <param name="width">Prefixes kept after each row; also the maximum number of results.</param>
    /// <param name="excluded">Classes that are not emitted.</param>
    /// <param name="minLogProbability">Classes with a lower log probability in a row are skipped there.</param>
    /// <param name="maxClasses">Maximum number of classes per row, the most probable ones.</param>
    /// <param name="scorer">Scores that are added to the log probabilities; null: none.</param>
    public CtcBeamSearch(int width, IReadOnlySet<int>? excluded = null, double minLogProbability = -9.2, int maxClasses = 24, IPrefixScorer? scorer = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (_width, _excluded, _minLogProbability, _maxClasses, _scorer) = (width, excluded, minLogProbability, maxClasses, scorer);
        _beam = [new Prefix(null, CtcPosteriors.Blank) { Blank = 0, Scored = scorer?.Start }];
    }

    /// <summary>The most probable label sequences of a clip's rows, best first; ties in the order of discovery.</summary>
    /// <inheritdoc cref="CtcBeamSearch(int, IReadOnlySet{int}?, double, int, IPrefixScorer?)"/>
    public static IReadOnlyList<CtcCandidate> Search(
        CtcPosteriors posteriors, int width, IReadOnlySet<int>? excluded = null, double minLogProbability = -9.2, int maxClasses = 24,
        IPrefixScorer? scorer = null)
    {
        var search = new CtcBeamSearch(width, excluded, minLogProbability, maxClasses, scorer);
        for (var row = 0; row < posteriors.Rows; row++) search.Add(posteriors.Row(row));
        return search.Candidates(ends: true);
    }

    /// <summary>Adds a row of log probabilities.</summary>
    public void Add(ReadOnlySpan<float> logs)
    {
        foreach (var prefix in _beam) Stay(prefix, logs, _touched);
        Likely(logs, _excluded, _minLogProbability, _maxClasses, _classes);
        foreach (var c in _classes)
        {
            foreach (var prefix in _beam)
            {
                var from = c == prefix.Id ? prefix.Blank : prefix.Total; // a repeat needs a blank between
                if (double.IsNegativeInfinity(from)) continue;
                var next = prefix.Child(c, _scorer);
                next.Touch(_touched);
                next.NextLabel = LogSumExp.Of(next.NextLabel, from + logs[c]);
            }
        }

        foreach (var prefix in _touched) prefix.Step();
        var kept = _touched.OrderByDescending(prefix => prefix.Total + prefix.Score).Take(_width).ToList(); // a stable sort
        foreach (var prefix in _touched) prefix.Kept = false;
        foreach (var prefix in kept) prefix.Kept = true;
        foreach (var prefix in _touched)
            if (!prefix.Kept) prefix.Forget();
        _touched.Clear();
        _beam = kept;
    }

    /// <summary>The kept label sequences, best first. If the text <paramref name="ends"/> here, the scorer judges it as a whole.</summary>
    public IReadOnlyList<CtcCandidate> Candidates(bool ends)
    {
        var beam = ends && _scorer is not null ? _beam.OrderByDescending(prefix => prefix.Total + _scorer.FinalScore(prefix.Scored!)) : (IEnumerable<Prefix>)_beam;
        return [.. beam.Select(prefix => new CtcCandidate(prefix.Ids(), prefix.Total))];
    }

    private static void Stay(Prefix prefix, ReadOnlySpan<float> logs, List<Prefix> list)
    {
        prefix.Touch(list);
        prefix.NextBlank = LogSumExp.Of(prefix.NextBlank, prefix.Total + logs[CtcPosteriors.Blank]);
        if (prefix.Parent is not null) prefix.NextLabel = LogSumExp.Of(prefix.NextLabel, prefix.Label + logs[prefix.Id]);
    }

    /// <summary>The classes to try in a row, in ascending order.</summary>
    private static void Likely(ReadOnlySpan<float> logs, IReadOnlySet<int>? excluded, double minimum, int maxCount, List<int> classes)
    {
        classes.Clear();
        for (var c = 1; c < logs.Length; c++)
            if (logs[c] >= minimum && excluded?.Contains(c) != true) classes.Add(c);
        if (classes.Count <= maxCount) return;
        var row = logs.ToArray();
        classes.Sort((a, b) => row[a] != row[b] ? row[b].CompareTo(row[a]) : a.CompareTo(b));
        classes.RemoveRange(maxCount, classes.Count - maxCount);
        classes.Sort();
    }

    /// <summary>A node in the tree of label sequences, with the probability of its alignments that end in a blank and in its label.</summary>
    private sealed class Prefix(Prefix? parent, int id)
    {
        private Dictionary<int, Prefix>? _children;
        private bool _touched;

        public Prefix? Parent { get; } = parent;

        public int Id { get; } = id;

        public double Blank { get; set; } = double.NegativeInfinity;

        public double Label { get; private set; } = double.NegativeInfinity;

        public double NextBlank { get; set; } = double.NegativeInfinity;

        public double NextLabel { get; set; } = double.NegativeInfinity;

        public bool Kept { get; set; }

        public double Total { get; private set; }

        /// <summary>What the scorer knows of this sequence.</summary>
        public object? Scored { get; init; }

        public double Score { get; private init; }

        public Prefix Child(int id, IPrefixScorer? scorer)
        {
            ref var child = ref CollectionsMarshal.GetValueRefOrAddDefault(_children ??= [], id, out _);
            if (child is not null) return child;
            var scored = scorer?.Extend(Scored!, id);
            return child = new Prefix(this, id) { Total = double.NegativeInfinity, Scored = scored, Score = scorer?.Score(scored!) ?? 0 };
        }

        public void Touch(List<Prefix> list)
        {
            if (_touched) return;
            _touched = true;
            list.Add(this);
        }

        public void Step()
        {
            (Blank, Label, NextBlank, NextLabel) = (NextBlank, NextLabel, double.NegativeInfinity, double.NegativeInfinity);
            Total = LogSumExp.Of(Blank, Label);
            _touched = false;
        }

        public void Forget() => (Blank, Label, Total) = (double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity);

        public int[] Ids()
        {
            var ids = new List<int>();
            for (var prefix = this; prefix.Parent is not null; prefix = prefix.Parent) ids.Add(prefix.Id);
            ids.Reverse();
            return [.. ids];
        }
    }
}
