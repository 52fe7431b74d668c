using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Continuing prompts step by step: logits processors, streaming, ends, cancellation, memory.</summary>
public sealed class GenerationRunTests : IDisposable
{
    private static readonly int[][] Prompts = [TinyDecoder.Ids(6), TinyDecoder.Ids(3, 9), TinyDecoder.Ids(11, 2)];
    private readonly TinyDecoder _decoder = new();

    public void Dispose() => _decoder.Dispose();

    [Fact]
    public void TokensComeAsTheyAreMade()
    {
        var free = _decoder.Generator.Generate(Prompts, new GenerationOptions { MaxNewTokens = 10 });
        var options = new GenerationOptions { MaxNewTokens = 10, EndTokens = [free[0].Tokens[4], free[1].Tokens[2]] };
        var whole = _decoder.Generator.Generate(Prompts, options);
        var streamed = _decoder.Generator.Stream(Prompts, options).ToList();
        for (var i = 0; i < Prompts.Length; i++)
        {
            var mine = streamed.Where(token => token.Sequence == i).ToList();
            IEnumerable<int> all = whole[i].EndToken is { } end ? [.. whole[i].Tokens, end] : whole[i].Tokens;
            Assert.Equal(all, mine.Select(token => token.Token));
            Assert.Equal(whole[i].Ended, mine[^1].Ended);
            Assert.All(mine.SkipLast(1), token => Assert.Equal(FinishReason.None, token.Ended));
            Assert.Equal(whole[i].LogProbabilities, mine.Take(whole[i].Tokens.Count).Select(token => token.LogProbability));
            Assert.Equal(mine.Average(token => (double)token.LogProbability), whole[i].Score, 1e-9);
        }

        Assert.Equal(FinishReason.EndToken, whole[0].Ended);
        Assert.Contains(whole, sequence => sequence.Ended == FinishReason.Length || sequence.Tokens.Count < 10);
    }

    [Fact]
    public void CancellationEndsBetweenTwoTokens()
    {
        using var source = new CancellationTokenSource();
        var options = new GenerationOptions { MaxNewTokens = 50 };
        var whole = _decoder.Generator.Generate(Prompts, options);
        using var run = _decoder.Generator.Start(Prompts, options);
        for (var step = 0; step < 7; step++) Assert.True(run.Next(source.Token));
        source.Cancel();
        Assert.False(run.Next(source.Token));
        Assert.False(run.Next(TestContext.Current.CancellationToken));
        Assert.Equal(0, run.Tokens.Length);
        for (var i = 0; i < Prompts.Length; i++)
        {
            Assert.Equal(FinishReason.Cancelled, run.Results[i].Ended);
            Assert.Equal(whole[i].Tokens.Take(7), run.Results[i].Tokens);
        }

        var none = _decoder.Generator.Generate(Prompts, options, cancellation: source.Token);
        Assert.All(none, sequence => Assert.True(sequence is { Ended: FinishReason.Cancelled, Tokens.Count: 0 }));
        var beams = _decoder.Generator.Generate(Prompts, options with { Beams = 3 }, cancellation: source.Token);
        Assert.All(beams, sequence => Assert.True(sequence is { Ended: FinishReason.Cancelled, Tokens.Count: 0 }));
    }

    [Fact]
    public void AStoppedSequenceLeavesTheOthersAlone()
    {
        var options = new GenerationOptions { MaxNewTokens = 9 };
        var whole = _decoder.Generator.Generate(Prompts, options);
        using var run = _decoder.Generator.Start(Prompts, options);
        for (var step = 1; run.Next(TestContext.Current.CancellationToken); step++)
        {
            if (step == 3) run.Stop(0);
            if (step == 9) run.Stop(2);
        }

        Assert.Equal(whole[0].Tokens.Take(3), run.Results[0].Tokens);
        Assert.Equal(whole[1].Tokens, run.Results[1].Tokens);
        Assert.Equal([FinishReason.Stopped, FinishReason.Length, FinishReason.Stopped], run.Results.Select(sequence => sequence.Ended));
    }

    [Fact]
    public void OthersMayUseTheOperatorsBetweenTwoSteps()
    {
        var options = new GenerationOptions { MaxNewTokens = 12 };
        var whole = _decoder.Generator.Generate(Prompts, options);
        using var first = _decoder.Generator.Start(Prompts, options);
        using var second = _decoder.Generator.Start([Prompts[2]], options);
        while (first.Next(TestContext.Current.CancellationToken) | second.Next(TestContext.Current.CancellationToken)) _decoder.Ops.Reset();
        for (var i = 0; i < Prompts.Length; i++) Assert.Equal(whole[i].Tokens, first.Results[i].Tokens);
        Assert.Equal(whole[2].Tokens, second.Results[0].Tokens);
    }

    [Fact]
    public void RulesHoldForWhatIsMadeAndSeeThePrompt()
    {
        var plain = new GenerationOptions { MaxNewTokens = 40 };
        foreach (var options in new[] { plain, plain with { Sample = true, Temperature = 2, Seed = 5 } })
        {
            var all = _decoder.Generator.Generate(Prompts, options with { NoRepeatNgramSize = 2 });
            for (var i = 0; i < Prompts.Length; i++)
            {
                int[] ids = [.. Prompts[i], .. all[i].Tokens];
                var pairs = ids.Zip(ids.Skip(1)).ToList();
                var made = pairs.Skip(Prompts[i].Length - 1).ToList();
                Assert.Equal(made.Count, made.Distinct().Count());
                Assert.DoesNotContain(made, pair => pairs.Take(Prompts[i].Length - 1).Contains(pair));
            }

            var used = _decoder.Generator.Generate(Prompts, options with { VocabularyInUse = 20 });
            Assert.All(used, sequence => Assert.All(sequence.Tokens, token => Assert.InRange(token, 0, 19)));
        }

        var free = _decoder.Generator.Generate(Prompts, plain)[0].Tokens;
        var word = _decoder.Generator.Generate(Prompts, plain with { BadWords = [[Prompts[0][^1], free[0]], [free[1]]] })[0].Tokens;
        Assert.NotEqual(free[0], word[0]);
        Assert.DoesNotContain(free[1], word);
        var begin = _decoder.Generator.Generate(Prompts, plain with { BeginSuppressedTokens = [free[0]] })[0].Tokens;
        Assert.NotEqual(free[0], begin[0]);
        var late = _decoder.Generator.Generate(Prompts, plain with { EndTokens = [free[0], free[1]], MinNewTokens = 5 })[0];
        Assert.True(late.Tokens.Count >= 5);
        Assert.DoesNotContain(free[0], late.Tokens);
        var penalised = _decoder.Generator.Generate(Prompts, plain with { RepetitionPenalty = 100 })[0].Tokens;
        Assert.True(penalised.Distinct().Count() > free.Distinct().Count() || free.Distinct().Count() == free.Count);
        Assert.DoesNotContain(penalised[0], Prompts[0]);
    }

    [Fact]
    public void NothingAllowedIsSaidSo()
    {
        var options = new GenerationOptions { MaxNewTokens = 3, SuppressedTokens = [.. Enumerable.Range(0, 67)] };
        foreach (var beams in new[] { 1, 2 })
        {
            var error = Assert.Throws<NoTokenLeftException>(() => _decoder.Generator.Generate(Prompts, options with { Beams = beams }));
            Assert.Contains("No token is allowed", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void ATokenAllocatesNothing(bool sample)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = 600,
            EndTokens = [3],
            SuppressedTokens = [3, 8],
            BeginSuppressedTokens = [9],
            MinNewTokens = 2,
            BadWords = [[1, 2], [5]],
            NoRepeatNgramSize = 12,
            RepetitionPenalty = 1.1,
            VocabularyInUse = 60,
            Sample = sample,
            Temperature = 0.9,
            TopK = 50,
            TopP = 0.9,
            MinP = 0.01,
            Seed = 1,
        };
        using var run = _decoder.Generator.Start(Prompts, options);
        for (var i = 0; i < 40; i++) Assert.True(run.Next(TestContext.Current.CancellationToken));
        Allocation.AssertNone(100, () => run.Next());
        Assert.Equal(3, run.Tokens.Length);
        Assert.Equal(540, run.Results[0].Tokens.Count);
    }

    [Fact]
    public void RowsOfDifferentLengthsContinueAsTheirIds()
    {
        _decoder.Ops.Reset();
        int[] ids = [.. Prompts.SelectMany(prompt => prompt)];
        int[] lengths = [.. Prompts.Select(prompt => prompt.Length)];
        var options = new GenerationOptions { MaxNewTokens = 15, RepetitionPenalty = 1.5, NoRepeatNgramSize = 2, Sample = true, Seed = 11 };
        var rows = _decoder.Generator.Generate(_decoder.Model.Embed(_decoder.Ops, ids), Layout.Of(lengths), options, Prompts);
        var told = _decoder.Generator.Generate(Prompts, options);
        for (var i = 0; i < Prompts.Length; i++) Assert.Equal(told[i].Tokens, rows[i].Tokens);
    }
}
