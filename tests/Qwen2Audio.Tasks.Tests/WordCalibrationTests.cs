using Qwen2Audio.Tasks.Calibration;
using Qwen2Audio.Tasks.Domain;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Confidences are the shares of words that are right.</summary>
public sealed class WordCalibrationTests
{
    [Fact]
    public void Confidences_of_other_words_agree_with_how_often_they_are_right()
    {
        var calibration = WordCalibration.Fit(Drawn(4000, seed: 1))!;
        var (fitted, before) = (new CalibrationError(), new CalibrationError());
        foreach (var (word, isRight) in Drawn(4000, seed: 2))
        {
            fitted.Add(calibration.Confidence(word), isRight);
            before.Add(word.Confidence, isRight);
        }

        Assert.InRange(fitted.Value!.Value, 0, 0.03);
        Assert.True(before.Value > 0.05, $"{before.Value}");
        Assert.True(calibration is { Posterior: > 0, Units: < 0, Text: < 0 }, calibration.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Words_of_one_kind_give_a_confidence_near_it_and_a_finite_fit(bool right)
    {
        var calibration = WordCalibration.Fit([.. Drawn(50, seed: 3).Select(word => (word.Word, right))])!;
        Assert.InRange(calibration.Confidence(new WordEvidence(0.9, -0.2, -0.3)), right ? 0.9 : 0, right ? 1 : 0.1);
        Assert.Null(WordCalibration.Fit([]));
    }

    [Fact]
    public void Extreme_and_missing_evidence_has_a_confidence()
    {
        var calibration = new WordCalibration(0.2, -1, -2, 3);
        foreach (var posterior in new double?[] { null, 0, 1 })
            foreach (var log in new double?[] { null, 0, -1e6, double.NegativeInfinity })
                Assert.InRange(calibration.Confidence(new WordEvidence(posterior, log, log)), 0, 1);
        Assert.Equal(calibration.Confidence(new WordEvidence(null, -0.5, -0.5)), calibration.Confidence(new WordEvidence(0.5, null, -0.5)));
    }

    [Theory]
    [InlineData("one two three", "one two three", "111")]
    [InlineData("one two three", "one three", "11")]
    [InlineData("one two three", "one too three four", "1010")]
    [InlineData("", "one", "0")]
    [InlineData("It's One -- two.", "it's one two", "111")]
    public void Right_words_are_those_of_an_alignment_with_fewest_errors(string reference, string words, string right) =>
        Assert.Equal(right, string.Concat(WordMatches.Right(reference, words.Split(' ')).Select(isRight => isRight ? '1' : '0')));

    [Fact]
    public void The_calibration_error_is_known()
    {
        var errors = new CalibrationError();
        Assert.Null(errors.Value);
        foreach (var (confidence, right) in new[] { (0.95, true), (0.95, true), (0.95, false), (0.15, false), (1.0, true) }) errors.Add(confidence, right);
        Assert.Equal((5, 3), (errors.Words, errors.Right));
        Assert.Equal((Math.Abs(3.85 - 3) + 0.15) / 5, errors.Value!.Value, 1e-12); // 0.9 to 1, and 0.1 to 0.2
        Assert.Equal(0.8, errors.MeanConfidence!.Value, 1e-12);
    }

    /// <summary>Words that are right with a known probability; the posterior is too sure.</summary>
    private static List<(WordEvidence Word, bool IsRight)> Drawn(int count, int seed)
    {
        var random = new Random(seed);
        var words = new List<(WordEvidence, bool)>();
        for (var i = 0; i < count; i++)
        {
            var (odds, units, text) = (12 * random.NextDouble() - 3, 2 * random.NextDouble(), 2 * random.NextDouble());
            var right = random.NextDouble() < 1 / (1 + Math.Exp(-(0.3 * odds - units - text + 1.5)));
            words.Add((new WordEvidence(1 / (1 + Math.Exp(-odds)), -units * units, -text * text), right));
        }

        return words;
    }
}
