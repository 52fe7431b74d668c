using Qwen2Audio.Inference.Whisper;

namespace Qwen2Audio.Tasks.Tests.Whisper;

/// <summary>Which tokens may follow, compared with a plain version of the reference's rules.</summary>
public sealed class WhisperRulesTests
{
    private const int End = 20;
    private const int First = 30;
    private const int Vocabulary = 50;

    private static readonly WhisperTokens Tokens = new()
    {
        Start = 21,
        End = End,
        NoTimestamps = First - 1,
        NoSpeech = 28,
        StartOfPrevious = 27,
        Languages = new Dictionary<string, int>(StringComparer.Ordinal) { ["en"] = 22, ["de"] = 23 },
        Tasks = new Dictionary<string, int>(StringComparer.Ordinal) { ["transcribe"] = 24, ["translate"] = 25 },
        Suppressed = [3, 21, 24, 25, 27, 28],
        SuppressedFirst = [5, End],
        MaxInitialTimestamp = 6,
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheRulesAreThoseOfTheReference(bool timestamps)
    {
        var random = new Random(5);
        var rules = new WhisperRules(Tokens);
        for (var round = 0; round < 5000; round++)
        {
            var made = Enumerable.Range(0, random.Next(7)).Select(_ => random.Next(2) == 0 ? random.Next(End) : First + random.Next(Vocabulary - First)).ToArray();
            var logits = Enumerable.Range(0, Vocabulary).Select(i => (float)(random.NextDouble() * 6 + (i < First ? random.Next(5) : 0))).ToArray();
            var expected = Reference(logits, made, timestamps);
            rules.Apply(logits, made, timestamps);
            Assert.Equal(expected, logits);
        }
    }

    [Fact]
    public void AFirstTokenIsAnEarlyTimestamp()
    {
        var logits = new float[Vocabulary];
        new WhisperRules(Tokens).Apply(logits, [], timestamps: true);
        Assert.Equal(Enumerable.Range(First, 7), Enumerable.Range(0, Vocabulary).Where(i => logits[i] == 0));
    }

    [Fact]
    public void AfterAClosedPairTextFollowsAndAfterAnOpenedOneTheSameTimeOrLater()
    {
        var rules = new WhisperRules(Tokens);
        var logits = new float[Vocabulary];
        logits.AsSpan(0, End).Fill(9);
        rules.Apply(logits, [First, 1, First + 4, First + 4], timestamps: true);
        Assert.All(logits[First..], x => Assert.Equal(float.NegativeInfinity, x));
        Assert.Equal(9, logits[0]);
        Assert.Equal(0, logits[End]);

        logits = new float[Vocabulary];
        rules.Apply(logits, [First, 1, First + 4], timestamps: true);
        Assert.Equal(Enumerable.Range(First + 4, Vocabulary - First - 4), Enumerable.Range(0, Vocabulary).Where(i => logits[i] == 0));

        logits = new float[Vocabulary];
        rules.Apply(logits, [First + 4, 1], timestamps: true);     // a segment is longer than nothing
        Assert.Equal(Enumerable.Range(First + 5, Vocabulary - First - 5), Enumerable.Range(0, Vocabulary).Where(i => logits[i] == 0));
    }

    [Fact]
    public void ThePrefixHasLanguageTaskAndEarlierText()
    {
        Assert.Equal([21, 22, 24], Tokens.Prefix("en", "transcribe", timestamps: true));
        Assert.Equal([21, 23, 25, 29], Tokens.Prefix("de", "translate", timestamps: false));
        Assert.Equal([27, 2, 3, 21, 22, 24], Tokens.Prefix("en", "transcribe", true, [1, 2, 3], 2));
        Assert.Equal([21, 22, 24], Tokens.Prefix("en", "transcribe", true, [1, 2, 3], 0));
        Assert.Contains("de, en", Assert.Throws<ArgumentException>(() => Tokens.Prefix("nl", "transcribe", true)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Tokens.Prefix("en", "summarise", true));
        var english = Tokens with { Languages = new Dictionary<string, int>(), Tasks = new Dictionary<string, int>() };
        Assert.Equal([21, 29], english.Prefix("en", "transcribe", false));
        Assert.Throws<ArgumentException>(() => english.Prefix("en", "translate", true));
    }

    private static float[] Reference(float[] logits, int[] made, bool timestamps)
    {
        var scores = logits.Select(x => (double)x).ToArray();
        void Forbid(Func<int, bool> which)
        {
            for (var i = 0; i < scores.Length; i++)
                if (which(i)) scores[i] = double.NegativeInfinity;
        }

        Forbid(i => Tokens.Suppressed.Contains(i));
        if (made.Length == 0) Forbid(i => Tokens.SuppressedFirst.Contains(i));
        if (timestamps)
        {
            Forbid(i => i == First - 1);
            var last = made.Length >= 1 && made[^1] >= First;
            var penultimate = made.Length < 2 || made[^2] >= First;
            if (last) Forbid(i => penultimate ? i >= First : i < End);
            var times = made.Where(token => token >= First).ToArray();
            if (times.Length > 0)
            {
                var least = last && !penultimate ? times[^1] : times[^1] + 1;
                Forbid(i => i >= First && i < least);
            }

            if (made.Length == 0) Forbid(i => i < First || i > First + 6);
            var timeSum = scores[First..].Sum(Math.Exp);
            if (timeSum > scores[..First].Max(Math.Exp)) Forbid(i => i < First);
        }

        return [.. scores.Select(x => (float)x)];
    }
}
