using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Tasks.Recognition;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

public sealed class ShallowFusionTests
{
    private const string Arpa = """
        \data\
        ngram 1=5
        ngram 2=2

        \1-grams:
        -99	<s>	-0.4
        -0.6	</s>
        -0.9	one	-0.2
        -0.5	two	-0.3
        -1.5	<unk>
        \2-grams:
        -0.1	two one
        -0.2	one </s>
        \end\
        """;

    [Theory]
    [InlineData("", -0.4 - 0.6, 0)]
    [InlineData("one", -0.4 - 0.9 - 0.2, 1)]
    [InlineData("two one", -0.4 - 0.5 - 0.1 - 0.2, 2)]
    [InlineData("Two TWO", -0.4 - 0.5 - 0.3 - 0.5 - 0.3 - 0.6, 2)]
    public void A_text_scores_its_weighted_log_probability_and_a_bonus_for_each_word(string text, double log10, int words) =>
        Assert.Equal(0.7 * log10 * Math.Log(10) + 1.3 * words, Model(0.7, 1.3).Score(text), 1e-5);

    [Fact]
    public void An_unknown_word_is_less_likely_than_all_unknown_words_together() =>
        Assert.Equal((-0.4 - 1.5 - 0.6) * Math.Log(10) - 10, Model(1, 0).Score("xy"), 1e-5);

    [Theory]
    [InlineData("two one")]
    [InlineData("a")]
    [InlineData("onex  b two")]
    public void Units_one_by_one_score_as_the_text_does(string text)
    {
        var model = Model(0.7, 1.3);
        var scorer = model.Over(TinyText.Tokenizer);
        var prefix = scorer.Start;
        foreach (var unit in TinyText.Ids(text)) prefix = scorer.Extend(prefix, unit);
        Assert.Equal(model.Score(text), scorer.FinalScore(prefix), 1e-9);
    }

    [Fact]
    public void A_word_counts_as_soon_as_the_next_one_begins()
    {
        var scorer = Model(1, 0).Over(TinyText.Tokenizer);
        var one = scorer.Extend(scorer.Start, TinyText.Ids("two")[0]);
        Assert.Equal(0, scorer.Score(one));
        Assert.Equal((-0.4 - 0.5) * Math.Log(10), scorer.Score(scorer.Extend(one, TinyText.Ids("a")[0])), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_unlimited_search_is_ordered_by_both_scores(int seed)
    {
        int[] letters = [TinyText.Ids("one")[0], TinyText.Ids("two")[0]];
        var random = new Random(seed);
        var classes = TinyText.Tokenizer.Size;
        var logs = new float[4 * classes];
        for (var row = 0; row < 4; row++)
        {
            logs.AsSpan(row * classes, classes).Fill(float.NegativeInfinity);
            var (blank, first) = (0.1 + 0.2 * random.NextDouble(), 0.3 * random.NextDouble());
            (logs[row * classes], logs[row * classes + letters[0]], logs[row * classes + letters[1]]) = ((float)Math.Log(blank), (float)Math.Log(first), (float)Math.Log(1 - blank - first));
        }

        var model = Model(2, 0.5);
        var found = CtcBeamSearch.Search(new CtcPosteriors(logs, 4, classes), 100_000, minLogProbability: -1e9, scorer: model.Over(TinyText.Tokenizer));
        Assert.Equal(1, found.Sum(candidate => Math.Exp(candidate.LogProbability)), 1e-5);
        Assert.Equal(found.OrderByDescending(Both).Select(candidate => TinyText.Tokenizer.Decode(candidate.Ids)), found.Select(candidate => TinyText.Tokenizer.Decode(candidate.Ids)));
        Assert.NotEqual(found.OrderByDescending(candidate => candidate.LogProbability).Select(candidate => candidate.LogProbability), found.Select(candidate => candidate.LogProbability));

        double Both(CtcCandidate candidate) => candidate.LogProbability + model.Score(TinyText.Tokenizer.Decode(candidate.Ids));
    }

    [Theory]
    [InlineData(Decoding.CtcOnly)]
    [InlineData(Decoding.Combined)]
    public void The_words_that_the_language_model_expects_win_where_the_audio_is_unclear(Decoding decoding)
    {
        // "two" is sure; then "one" or "two", and the audio slightly prefers "two"
        ScriptedModel Hears(ShallowFusion? language) => new ScriptedModel
        {
            Judge = (task, text) => task == "speech" ? (text == "speech" ? -0.1 : -2.4) : -1,
            Rows = (_, rows) => Likely(rows),
            Second = (20, TinyText.Ids("one")[0], 0.4),
            Settings = new ScriptedModel().Settings with { LanguageModel = language },
        };
        var clip = Sounds.Clip(Sounds.Bursts(1, t => t is > 0.1 and < 0.9));
        string Said(ShallowFusion? language) => new Transcriber(Hears(language).ToModel(), new TranscriberOptions { Decoding = decoding }).Transcribe(clip).Text;
        Assert.Equal("two two", Said(null));
        Assert.Equal("two one", Said(Model(1, 1)));

        static (int, double)[] Likely(int rows)
        {
            var likely = new (int, double)[rows];
            likely[10] = (TinyText.Ids("two")[0], 0.99);
            likely[20] = (TinyText.Ids("two")[0], 0.5);
            return likely;
        }
    }

    private static ShallowFusion Model(double weight, double bonus)
    {
        using var folder = new TemporaryFolder();
        return new ShallowFusion(NGramFile.Read(folder.Write("x.arpa", Arpa)), weight, bonus);
    }
}
