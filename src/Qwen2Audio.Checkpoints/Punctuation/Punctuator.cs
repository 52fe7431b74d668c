namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>Writes words that were heard as text: with capital letters and punctuation. Spelled letters, numbers and commands alone get no punctuation.</summary>
/// <param name="model">The model.</param>
/// <param name="commands">Words that make no sentence when they are alone; null: none.</param>
public sealed class Punctuator(PunctuationModel model, IReadOnlySet<string>? commands = null)
{
    private const int Beam = 8;
    private static readonly string[] Signs = ["", ",", ".", "?"];
    private static readonly HashSet<string> None = [];

    /// <summary>Writes a text, or its beginning.</summary>
    /// <param name="words">The words in small letters.</param>
    /// <param name="pauses">Seconds between each word and the next; null: unknown.</param>
    /// <param name="ends">Whether the text ends with the last word.</param>
    /// <returns>Each word as it is written, with the mark after it.</returns>
    public string[] Write(IReadOnlyList<string> words, IReadOnlyList<double>? pauses = null, bool ends = true)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (pauses is not null && pauses.Count < words.Count - 1) throw new ArgumentException($"{pauses.Count} pauses; allowed: {words.Count - 1} for {words.Count} words.", nameof(pauses));
        if (words.Count == 0) return [];
        var letters = Dictation.Letters(words);
        var isSentence = !Dictation.Is(words, letters, commands ?? None);
        PunctuationWord[] seen = [.. words.Select(PunctuationWord.Of)];
        var marks = isSentence ? Marks(seen, letters, pauses, ends) : new Mark[words.Count];
        var written = new string[words.Count];
        for (var i = 0; i < written.Length; i++)
        {
            var begins = isSentence && (i == 0 || marks[i - 1] is Mark.FullStop or Mark.QuestionMark);
            var word = letters[i] ? words[i].ToUpperInvariant() : HasCapital(words, seen, i, marks) ? model.Forms.Written(words[i]) : words[i];
            if (word[^1] == '.' && marks[i] != Mark.None) word = words[i]; // "yes, mister.", not "yes, Mr.."
            written[i] = (begins ? char.ToUpperInvariant(word[0]) + word[1..] : word) + Signs[(int)marks[i]];
        }

        return written;
    }

    /// <summary>The most probable marks.</summary>
    private Mark[] Marks(PunctuationWord[] words, bool[] letters, IReadOnlyList<double>? pauses, bool ends)
    {
        List<Hypothesis> beam = [new(0, 0, 0, Mark.None, null)];
        Span<ulong> near = stackalloc ulong[PunctuationFeatures.Near], since = stackalloc ulong[PunctuationFeatures.Since];
        Span<int> sums = stackalloc int[PunctuationModel.Marks], all = stackalloc int[PunctuationModel.Marks];
        Span<double> scores = stackalloc double[PunctuationModel.Marks + 1];
        for (var at = 0; at < words.Length; at++)
        {
            var isLast = at == words.Length - 1;
            PunctuationFeatures.OfPlace(words, at, near);
            sums.Clear();
            model.AddPlace(near, sums);
            var next = new List<Hypothesis>();
            foreach (var hypothesis in beam)
            {
                PunctuationFeatures.OfHistory(words, at, hypothesis.Sentence, hypothesis.Clause, since);
                sums.CopyTo(all);
                model.AddPlace(since, all);
                scores[0] = 0;
                for (var mark = 0; mark < all.Length; mark++)
                    scores[mark + 1] = (all[mark] * (double)model.Step) + (pauses is null || isLast ? 0 : model.PauseScore(pauses[at], mark));
                if (isLast && ends) scores[0] = scores[1] = double.NegativeInfinity;
                if (isLast ? !ends : letters[at] && letters[at + 1]) scores[1..].Fill(double.NegativeInfinity);
                var sum = LogSum(scores);
                for (var mark = 0; mark < scores.Length; mark++)
                    if (!double.IsNegativeInfinity(scores[mark])) next.Add(hypothesis.After((Mark)mark, at, scores[mark] - sum));
            }

            // the best of those for which all that follows is the same
            beam = [.. next.OrderByDescending(hypothesis => hypothesis.Score).DistinctBy(hypothesis => (hypothesis.Sentence, hypothesis.Clause)).Take(Beam)];
        }

        var marks = new Mark[words.Length];
        var best = beam[0];
        for (var at = words.Length - 1; at >= 0; at--) (marks[at], best) = (best.Mark, best.Before!);
        return marks;
    }

    private bool HasCapital(IReadOnlyList<string> words, PunctuationWord[] seen, int at, Mark[] marks)
    {
        if (model.Forms.IndexOf(words[at]) is not (>= 0 and var index)) return false;
        Span<ulong> features = stackalloc ulong[PunctuationFeatures.Capital];
        PunctuationFeatures.OfCapital(seen, at, at > 0 && marks[at - 1] != Mark.None, at > 0 && IsUsual(words[at - 1]), at + 1 < words.Count && IsUsual(words[at + 1]), features);
        return model.CapitalScore(index, features) > 0;
    }

    private bool IsUsual(string word) => model.Forms.IndexOf(word) is >= 0 and var index && model.Usual[index] > 0;

    private static double LogSum(ReadOnlySpan<double> scores)
    {
        var (most, sum) = (double.NegativeInfinity, 0.0);
        foreach (var score in scores) most = Math.Max(most, score);
        foreach (var score in scores) sum += Math.Exp(score - most);
        return most + Math.Log(sum);
    }

    private sealed record Hypothesis(double Score, int Sentence, int Clause, Mark Mark, Hypothesis? Before)
    {
        public Hypothesis After(Mark mark, int at, double score) => new(Score + score, mark is Mark.FullStop or Mark.QuestionMark ? at + 1 : Sentence, mark == Mark.None ? Clause : at + 1, mark, this);
    }
}
