using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Tasks.Alignment;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A text is compared with what a phone CTC hears.</summary>
public sealed class ForcedPathTests
{
    private const float Peak = 0.99f;
    private const float Rest = (1 - Peak) / (PhoneSet.Count - 1);

    // one: W AH N; two: T UW; eight: EY T
    private static readonly Dictionary<string, byte[]> Words = new(StringComparer.Ordinal) { ["one"] = [36, 3, 23], ["two"] = [31, 34], ["eight"] = [13, 31] };

    [Fact]
    public void The_path_is_the_best_of_all_ways_to_emit_the_words()
    {
        byte[][][] words = [[[1], [2, 2]], [[2], [3, 1]]];
        var random = new Random(5);
        for (var round = 0; round < 20; round++)
        {
            var rows = new CtcPosteriors([.. Enumerable.Range(0, 5 * PhoneSet.Count).Select(_ => -5 * random.NextSingle())], 5, PhoneSet.Count);
            PhoneAlignment.Find(rows, PhoneGraph.OfCtc(words), out var total);
            var texts = words[0].SelectMany(first => words[1].Select(second => (int[])[.. first, .. second])).ToList();
            Assert.Equal(texts.Max(text => Best(rows, text)), total, 1e-5);
        }
    }

    [Fact]
    public void Words_have_the_loss_of_their_phones_and_rows_without_them_what_the_path_misses()
    {
        var path = ForcedPath.Find(Heard("one two"), [[Words["one"]], [Words["eight"], Words["two"]]])!;
        Assert.Equal([(3, 3), (2, 18)], path.Words.Select(word => (word.Phones, word.Start)));
        Assert.All(path.Words, word => Assert.InRange(word.Loss, 0, 0.05));
        Assert.InRange(path.Missed.Where(double.IsFinite).Sum(), 0, 1e-6);
        var shorter = ForcedPath.Find(Heard("one two"), [[Words["one"]]])!;
        Assert.Equal(2 * Math.Log(Peak / Rest), shorter.Missed.Where(double.IsFinite).Sum(), 1e-3);
        var other = ForcedPath.Find(Heard("one"), [[Words["one"]], [Words["two"]]])!;
        Assert.InRange(other.Words[1].Loss, 2 * 7, 2 * 9);
        Assert.Null(ForcedPath.Find(Heard("two"), [.. Enumerable.Repeat<byte[][]>([Words["one"]], 20)]));
    }

    [Theory]
    [InlineData("one two eight", "one two eight", "")]
    [InlineData("one two eight two", "one two", "The text seems to lack what is said at 1.1–1.8 s.")]
    [InlineData("two eight one two", "one two", "The text seems to lack what is said at 0.1–0.8 s.")]
    [InlineData("one two eight two", "one two one eight two", "The audio does not seem to say \"one\" (2.0–3.0 s).")]
    [InlineData("one", "one two two two", "The audio does not seem to say \"two two two\" (1.0–4.0 s).")]
    [InlineData("one", "one one one one one one one one one one", "The audio is too short for its text: 30 phones in 18 rows of the recogniser.")]
    public void What_only_the_text_or_only_the_audio_says_is_told(string said, string text, string warning)
    {
        List<string> words = [.. text.Split(' ')];
        var (logs, seconds) = (Heard(said), Heard(said).Rows * 0.04);
        var piece = new EncodedPiece { Start = 0, Seconds = seconds, Levels = new SoundLevels(new float[(int)(seconds * 16_000)], 16_000), Ctc = logs, Phones = logs, RowSeconds = 0.04, Padding = 0, Audio = [], AudioRows = 1 };
        var aligned = words.Select((word, i) => new AlignedWord(word, i, i + 1, 1, [])).ToList();
        var found = TextCoverage.Warnings([piece], aligned, [.. words.Select(word => (IReadOnlyList<byte[]>)[Words[word]])]).Select(found => found.Text);
        Assert.Equal(warning, string.Join(" ", found));
    }

    /// <summary>Each phone is heard in one row of five, with a probability of 0.99.</summary>
    private static CtcPosteriors Heard(string text)
    {
        byte[] phones = [.. text.Split(' ').SelectMany(word => Words[word])];
        var (rows, logs) = (3 + 5 * phones.Length, new float[(3 + 5 * phones.Length) * PhoneSet.Count]);
        for (var row = 0; row < rows; row++)
        {
            var phone = row % 5 == 3 ? phones[row / 5] : 0;
            logs.AsSpan(row * PhoneSet.Count, PhoneSet.Count).Fill(MathF.Log(Rest));
            logs[row * PhoneSet.Count + phone] = MathF.Log(Peak);
        }

        return new CtcPosteriors(logs, rows, PhoneSet.Count);
    }

    private static double Best(CtcPosteriors rows, int[] labels)
    {
        var best = double.NegativeInfinity;
        var classes = labels.Append(0).Distinct().ToArray();
        for (var code = 0; code < Math.Pow(classes.Length, rows.Rows); code++)
        {
            var path = new int[rows.Rows];
            for (var (row, rest) = (0, code); row < path.Length; row++, rest /= classes.Length) path[row] = classes[rest % classes.Length];
            if (!path.Where((label, i) => label != 0 && (i == 0 || path[i - 1] != label)).SequenceEqual(labels)) continue;
            best = Math.Max(best, path.Select((label, row) => (double)rows.Row(row)[label]).Sum());
        }

        return best;
    }
}
