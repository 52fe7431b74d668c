using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Alignment;

/// <summary>
/// Finds where a text and its audio differ: words that the phone CTC does not find, and phones that it finds where the text has none. An alignment alone cannot tell, since it stretches the text over all of the audio.
/// </summary>
internal static class TextCoverage
{
    // measured on right and wrong texts (docs/log.md, 2026-11-30)
    private const double Doubt = 10; // evidence, as ln of a ratio of probabilities, from which on there is a warning
    private const double UsualLoss = 3; // −ln P of a phone at which it may as well be missing
    private const double RowLoss = 0.2; // −ln P of the blank in a row without a phone, as far as that is usual
    private const int QuotedWords = 6;

    /// <summary>The warnings about a text; none if the audio says it.</summary>
    /// <param name="pieces">The pieces of the audio.</param>
    /// <param name="words">The words with their times.</param>
    /// <param name="pronunciations">Those of each word.</param>
    public static IEnumerable<TaskWarning> Warnings(IReadOnlyList<EncodedPiece> pieces, IReadOnlyList<AlignedWord> words, IReadOnlyList<IReadOnlyList<byte[]>> pronunciations)
    {
        var (phones, times) = Joined(pieces);
        if (ForcedPath.Find(phones, pronunciations) is not { } path)
        {
            yield return new TaskWarning("too-fast", $"The audio is too short for its text: {pronunciations.Sum(word => word[0].Length)} phones in {phones.Rows} rows of the recogniser.");
            yield break;
        }

        List<string> made = [.. ScoreRuns.Find([.. path.Words.Select(word => word.Loss - UsualLoss * word.Phones)], Doubt, Doubt)
            .Select(run => $"\"{Quoted(words, run.Start, run.End)}\" ({words[run.Start].Start:0.0}–{words[run.End - 1].End:0.0} s)")];
        if (made.Count > 0) yield return new TaskWarning("not-in-audio", $"The audio does not seem to say {string.Join(", ", made)}.");
        List<string> missed = [.. ScoreRuns.Find([.. path.Missed.Select(loss => double.IsFinite(loss) ? loss - RowLoss : -UsualLoss)], Doubt, Doubt)
            .Select(run => $"{times[run.Start].Start:0.0}–{times[run.End - 1].End:0.0} s")];
        if (missed.Count > 0) yield return new TaskWarning("not-in-text", $"The text seems to lack what is said at {string.Join(", ", missed)}.");
    }

    private static string Quoted(IReadOnlyList<AlignedWord> words, int start, int end)
    {
        var texts = words.Skip(start).Take(end - start).Select(word => word.Text).ToList();
        return texts.Count <= QuotedWords ? string.Join(' ', texts) : $"{string.Join(' ', texts.Take(QuotedWords / 2))} … {string.Join(' ', texts.TakeLast(QuotedWords / 2))}";
    }

    private static (CtcPosteriors Phones, (double Start, double End)[] Times) Joined(IReadOnlyList<EncodedPiece> pieces)
    {
        var rows = pieces.Sum(piece => piece.Phones!.Rows);
        var (logs, times, at) = (new float[rows * PhoneSet.Count], new (double, double)[rows], 0);
        foreach (var piece in pieces)
        {
            for (var row = 0; row < piece.Phones!.Rows; row++, at++)
            {
                piece.Phones.Row(row).CopyTo(logs.AsSpan(at * PhoneSet.Count));
                times[at] = (piece.Start + piece.RowStart(row), piece.Start + piece.RowStart(row + 1));
            }
        }

        return (new CtcPosteriors(logs, rows, PhoneSet.Count), times);
    }
}
