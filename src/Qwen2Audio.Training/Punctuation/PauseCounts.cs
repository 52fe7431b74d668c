using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Formats.Alignments;

namespace Qwen2Audio.Training.Punctuation;

/// <summary>How long speakers pause at which marks, from aligned recordings of printed texts.</summary>
public sealed class PauseCounts
{
    private const double Prior = 4; // as many pauses of each mark as of all places
    private readonly int[,] _counts = new int[PunctuationModel.Marks + 1, PunctuationModel.PauseKinds.Count];

    /// <summary>Number of pauses.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a clip, if its text has the words that were aligned.</summary>
    public void Add(AlignedClip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var words = PunctuatedText.Words(clip.Text);
        if (Pauses(clip, words) is not { } pauses) return;
        for (var i = 0; i < pauses.Length; i++)
        {
            if (words[i].After is not { } mark) continue;
            _counts[(int)mark, PunctuationModel.KindOf(pauses[i])]++;
            Count++;
        }
    }

    /// <summary>The pauses between a clip's words in seconds; null if its text has other words than were aligned.</summary>
    public static double[]? Pauses(AlignedClip clip, IReadOnlyList<PunctuatedWord> words)
    {
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(words);
        return words.Count > 0 && words.Select(word => word.Word).SequenceEqual(clip.Words.Select(word => word.Text), StringComparer.Ordinal)
            ? [.. clip.Words.Zip(clip.Words.Skip(1), (word, next) => next.Start - word.End)] : null;
    }

    /// <summary>For each kind of pause and mark ln of P(kind | mark) / P(kind | no mark), in fine steps; 0 without pauses. Full stops and question marks, which are few within a clip, have one distribution.</summary>
    internal sbyte[] Steps()
    {
        var kinds = PunctuationModel.PauseKinds.Count;
        var steps = new sbyte[kinds * PunctuationModel.Marks];
        for (var kind = 0; kind < kinds && Count > 0; kind++)
        {
            steps[kind * PunctuationModel.Marks] = Step(kind, Mark.Comma);
            steps[(kind * PunctuationModel.Marks) + 1] = steps[(kind * PunctuationModel.Marks) + 2] = Step(kind, Mark.FullStop, Mark.QuestionMark);
        }

        return steps;
    }

    private sbyte Step(int kind, params ReadOnlySpan<Mark> marks) => (sbyte)Math.Clamp(Math.Round(Math.Log(Share(kind, marks) / Share(kind, Mark.None)) / PunctuationModel.FineStep), -PunctuationModel.MostSteps, PunctuationModel.MostSteps);

    private double Share(int kind, params ReadOnlySpan<Mark> marks)
    {
        var (of, all, ofAny) = (0.0, 0.0, 0.5);
        for (var mark = 0; mark <= PunctuationModel.Marks; mark++)
        {
            ofAny += _counts[mark, kind];
            if (marks.Contains((Mark)mark)) of += _counts[mark, kind];
            for (var other = 0; other < PunctuationModel.PauseKinds.Count && marks.Contains((Mark)mark); other++) all += _counts[mark, other];
        }

        return (of + (Prior * ofAny / Count)) / (all + Prior);
    }
}
