using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Tests;

public sealed class CtcTests
{
    [Fact]
    public void Posteriors_divided_by_priors_lose_what_is_frequent()
    {
        var posteriors = new CtcPosteriors([MathF.Log(0.8f), MathF.Log(0.15f), MathF.Log(0.05f), MathF.Log(0.6f), MathF.Log(0.3f), MathF.Log(0.1f)], 2, 3);
        var divided = posteriors.DividedByPriors(0.6);
        double[] priors = [(1.4 + 100) / 202, (0.45 + 50) / 202, (0.15 + 50) / 202];
        for (var row = 0; row < 2; row++)
            for (var c = 0; c < 3; c++) Assert.Equal(posteriors.Row(row)[c] - 0.6 * Math.Log(priors[c]), divided.Row(row)[c], 1e-5);
        Assert.Equal(posteriors.Row(1).ToArray(), posteriors.DividedByPriors(0).Row(1).ToArray());
        Assert.Equal(0, new CtcPosteriors([], 0, 3).DividedByPriors(0.6).Rows);
        Assert.Equal(posteriors.Row(1)[2] - 0.5 * Math.Log(0.2), posteriors.DividedByPriors(0.5, [0.7, 0.1, 0.2]).Row(1)[2], 1e-5); // those of the model
    }

    [Theory]
    [InlineData(1, 3, 1)]
    [InlineData(4, 3, 2)]
    [InlineData(5, 4, 3)]
    [InlineData(6, 3, 4)]
    public void Beam_search_without_a_limit_finds_the_sums_over_all_alignments(int rows, int classes, int seed)
    {
        var posteriors = Random(rows, classes, seed);
        var expected = AllSequences(posteriors);
        var found = CtcBeamSearch.Search(posteriors, width: 100_000, minLogProbability: double.NegativeInfinity);
        Assert.Equal(expected.Count, found.Count);
        foreach (var candidate in found)
            Assert.Equal(expected[Key(candidate.Ids)], Math.Exp(candidate.LogProbability), 1e-6);
        Assert.Equal(1, found.Sum(candidate => Math.Exp(candidate.LogProbability)), 1e-5);
        Assert.Equal(found.OrderByDescending(candidate => candidate.LogProbability), found);
    }

    [Theory]
    [InlineData(5, 4, 7)]
    [InlineData(6, 3, 8)]
    public void Forward_pass_gives_the_sum_over_all_alignments(int rows, int classes, int seed)
    {
        var posteriors = Random(rows, classes, seed);
        foreach (var (key, probability) in AllSequences(posteriors))
            Assert.Equal(Math.Log(probability), CtcAlignment.LogProbability(posteriors, Ids(key)), 1e-6);
    }

    [Fact]
    public void A_narrow_beam_finds_the_best_sequence_of_a_clear_case_and_leaves_barred_classes_out()
    {
        var posteriors = Peaks(classes: 6, [0, 3, 0, 3, 3, 0, 5, 0]);
        Assert.Equal([3, 3, 5], CtcBeamSearch.Search(posteriors, width: 4)[0].Ids);
        Assert.Equal([3, 3, 5], posteriors.Greedy());
        Assert.Equal([3, 3, 5], CtcBeamSearch.Search(posteriors, width: 4, maxClasses: 1)[0].Ids);
        Assert.DoesNotContain(CtcBeamSearch.Search(posteriors, 8, new HashSet<int> { 5 }), candidate => candidate.Ids.Contains(5));
    }

    [Fact]
    public void No_rows_give_the_empty_sequence_alone()
    {
        var candidate = Assert.Single(CtcBeamSearch.Search(new CtcPosteriors([], 0, 4), width: 8));
        Assert.Empty(candidate.Ids);
        Assert.Equal(0, candidate.LogProbability);
    }

    [Theory]
    [InlineData(6, 3, new[] { 1, 2 })]
    [InlineData(7, 4, new[] { 1, 1, 3 })]
    [InlineData(3, 4, new[] { 2, 2 })]
    public void Alignment_is_the_likeliest_way_in_order_and_without_overlap(int rows, int classes, int[] ids)
    {
        var posteriors = Random(rows, classes, seed: rows * 31 + classes);
        var spans = CtcAlignment.Align(posteriors, ids)!;
        var way = new int[rows];
        for (var i = 0; i < spans.Length; i++)
        {
            Assert.True(spans[i].Start < spans[i].End && spans[i].End <= rows);
            Assert.True(i == 0 || spans[i].Start >= spans[i - 1].End);
            for (var row = spans[i].Start; row < spans[i].End; row++) way[row] = ids[i];
        }

        Assert.Equal(ids, Collapse(way));
        var best = AllWays(rows, classes).Where(other => Collapse(other).SequenceEqual(ids)).Max(other => Log(posteriors, other));
        Assert.Equal(best, Log(posteriors, way), 1e-6);
    }

    [Fact]
    public void Too_few_rows_have_no_alignment()
    {
        var posteriors = Random(2, 4, 1);
        Assert.Null(CtcAlignment.Align(posteriors, [1, 1]));
        Assert.Equal(double.NegativeInfinity, CtcAlignment.LogProbability(posteriors, [1, 1]));
        Assert.NotNull(CtcAlignment.Align(posteriors, [1, 2]));
    }

    private static CtcPosteriors Random(int rows, int classes, int seed)
    {
        var random = new Random(seed);
        var logits = new float[rows * classes];
        for (var i = 0; i < logits.Length; i++) logits[i] = random.NextSingle() * 4;
        return CtcPosteriors.FromLogits(logits, rows, classes);
    }

    private static CtcPosteriors Peaks(int classes, int[] way)
    {
        var logits = new float[way.Length * classes];
        for (var row = 0; row < way.Length; row++) logits[row * classes + way[row]] = 6;
        return CtcPosteriors.FromLogits(logits, way.Length, classes);
    }

    private static Dictionary<string, double> AllSequences(CtcPosteriors posteriors)
    {
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var way in AllWays(posteriors.Rows, posteriors.Classes))
        {
            var key = Key(Collapse(way));
            sums[key] = sums.GetValueOrDefault(key) + Math.Exp(Log(posteriors, way));
        }

        return sums;
    }

    private static IEnumerable<int[]> AllWays(int rows, int classes)
    {
        for (var number = 0; number < Math.Pow(classes, rows); number++)
        {
            var way = new int[rows];
            for (int row = 0, rest = number; row < rows; row++, rest /= classes) way[row] = rest % classes;
            yield return way;
        }
    }

    private static double Log(CtcPosteriors posteriors, int[] way)
    {
        double log = 0;
        for (var row = 0; row < way.Length; row++) log += posteriors.Row(row)[way[row]];
        return log;
    }

    private static int[] Collapse(int[] way) => [.. way.Where((c, row) => c != 0 && (row == 0 || way[row - 1] != c))];

    private static string Key(int[] ids) => string.Join(' ', ids);

    private static int[] Ids(string key) => key.Length == 0 ? [] : [.. key.Split(' ').Select(int.Parse)];
}
