using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Settings that are out of range are rejected, naming setting, value and allowed range.</summary>
public sealed class GenerationOptionsTests
{
    private static readonly GenerationOptions Plain = new() { MaxNewTokens = 4 };

    public static TheoryData<string, string, string> Refused => new()
    {
        { "temperature NaN", "Temperature is NaN", "0.000001 to 100" },
        { "temperature -1", "Temperature is -1", "0.000001 to 100" },
        { "temperature 0", "Temperature is 0", "turn sampling off" },
        { "temperature 1e30", "Temperature is 1E+30", "0.000001 to 100" },
        { "top_p 0", "TopP is 0", "above 0 up to 1" },
        { "top_p 2", "TopP is 2", "above 0 up to 1" },
        { "top_p NaN", "TopP is NaN", "above 0 up to 1" },
        { "top_k -1", "TopK is -1", "0 (off) or more" },
        { "min_p -0.1", "MinP is -0.1", "0 to 1" },
        { "min_p NaN", "MinP is NaN", "0 to 1" },
        { "penalty 0", "RepetitionPenalty is 0", "above 0 up to 100" },
        { "penalty ∞", "RepetitionPenalty is Infinity", "above 0 up to 100" },
        { "n-gram -1", "NoRepeatNgramSize is -1", "0 (off) or more" },
        { "max -1", "MaxNewTokens is -1", "0 or more" },
        { "min 5", "MinNewTokens is 5", "0 to MaxNewTokens (4)" },
        { "beams 0", "Beams is 0", "1 to 256" },
        { "beams and sampling", "Beams is 2", "1 where Sample is set" },
        { "length NaN", "LengthPenalty is NaN", "-100 to 100" },
        { "early", "EarlyStopping is 7", "WhenUnlikely, WhenFull, Never" },
        { "end", "EndTokens[1] is 67", "tokens 0 to 66" },
        { "suppressed", "SuppressedTokens[0] is -1", "tokens 0 to 66" },
        { "begin", "BeginSuppressedTokens[0] is 99", "tokens 0 to 66" },
        { "bad word", "BadWords[1][0] is 67", "tokens 0 to 66" },
        { "empty word", "BadWords[0] is 0", "at least one token" },
        { "vocabulary 0", "VocabularyInUse is 0", "1 to the 67 of the model" },
        { "vocabulary 68", "VocabularyInUse is 68", "1 to the 67 of the model" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void ASettingOutOfRangeIsRefused(string which, string found, string allowed)
    {
        var options = Change(which);
        using var decoder = new TinyDecoder(1);
        var error = Assert.Throws<ArgumentException>(() => decoder.Generator.Generate([[1, 2]], options));
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => decoder.Generator.Start([[1, 2]], options));
    }

    [Fact]
    public void WhatNeedsIdsAsksForThem()
    {
        using var decoder = new TinyDecoder(1);
        foreach (var options in new[] { Plain with { RepetitionPenalty = 2 }, Plain with { NoRepeatNgramSize = 2 }, Plain with { BadWords = [[1, 2]] } })
        {
            decoder.Ops.Reset();
            var x = decoder.Model.Embed(decoder.Ops, [1, 2, 3]);
            var rows = Model.Ops.Layout.Of(3);
            var error = Assert.Throws<ArgumentException>(() => decoder.Generator.Generate(x, rows, options));
            Assert.Contains("need the ids of the prompts", error.Message, StringComparison.Ordinal);
            var told = decoder.Generator.Generate(x, rows, options, [[1, 2, 3]]);
            Assert.Equal(decoder.Generator.Generate([[1, 2, 3]], options)[0].Tokens, told[0].Tokens);
            Assert.Throws<ArgumentException>(() => decoder.Generator.Generate(x, rows, options, [[1], [2]]));
        }

        Assert.Throws<ArgumentException>(() => decoder.Generator.Generate([[1]], Plain with { MaxNewTokens = int.MaxValue }));
        Assert.Throws<ArgumentException>(() => decoder.Generator.Start([[1]], Plain with { Beams = 2 }));
    }

    private static GenerationOptions Change(string which) => which switch
    {
        "temperature NaN" => Plain with { Temperature = double.NaN },
        "temperature -1" => Plain with { Temperature = -1 },
        "temperature 0" => Plain with { Temperature = 0 },
        "temperature 1e30" => Plain with { Temperature = 1e30 },
        "top_p 0" => Plain with { TopP = 0 },
        "top_p 2" => Plain with { TopP = 2 },
        "top_p NaN" => Plain with { TopP = double.NaN },
        "top_k -1" => Plain with { TopK = -1 },
        "min_p -0.1" => Plain with { MinP = -0.1 },
        "min_p NaN" => Plain with { MinP = double.NaN },
        "penalty 0" => Plain with { RepetitionPenalty = 0 },
        "penalty ∞" => Plain with { RepetitionPenalty = double.PositiveInfinity },
        "n-gram -1" => Plain with { NoRepeatNgramSize = -1 },
        "max -1" => Plain with { MaxNewTokens = -1 },
        "min 5" => Plain with { MinNewTokens = 5 },
        "beams 0" => Plain with { Beams = 0 },
        "beams and sampling" => Plain with { Beams = 2, Sample = true },
        "length NaN" => Plain with { LengthPenalty = double.NaN },
        "early" => Plain with { EarlyStopping = (EarlyStopping)7 },
        "end" => Plain with { EndTokens = [1, 67] },
        "suppressed" => Plain with { SuppressedTokens = [-1] },
        "begin" => Plain with { BeginSuppressedTokens = [99] },
        "bad word" => Plain with { BadWords = [[1], [67]] },
        "empty word" => Plain with { BadWords = [[]] },
        "vocabulary 0" => Plain with { VocabularyInUse = 0 },
        _ => Plain with { VocabularyInUse = 68 },
    };
}
