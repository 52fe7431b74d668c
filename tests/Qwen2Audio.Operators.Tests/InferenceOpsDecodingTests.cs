using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Qwen2;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Whole decoders, row by row over a state.</summary>
public sealed class InferenceOpsDecodingTests : InferenceTest
{
    public static TheoryData<bool, int, bool> Models => new() { { false, 0, true }, { false, 4, false }, { true, 0, false }, { true, 3, true } };

    [Theory, MemberData(nameof(Models))]
    public void DecodingRowByRowGivesTheWholePass(bool experts, int window, bool tied)
    {
        var model = new Qwen2Model(InferenceWeights.Config(experts, window, tied), Weights);
        int[] lengths = [9, 14];
        var ids = Ids(23);
        var whole = Logits(model, ids, Layout.Of(lengths));

        using var state = new SequenceState(2, 14);
        var session = new DecodingSession(new Qwen2Decoder(model), Ops, state);
        Ops.Reset();
        int[] prompt = [.. ids[..5], .. ids[9..12]];
        var logits = session.Admit(model.Embed(Ops, prompt), Layout.Of(5, 3));
        AssertClose(whole[4], logits.Row(0));
        AssertClose(whole[11], logits.Row(1));
        for (var step = 0; step < 4; step++)
        {
            logits = session.Step([ids[5 + step], ids[12 + step]]);
            AssertClose(whole[5 + step], logits.Row(0));
            AssertClose(whole[12 + step], logits.Row(1));
        }

        session.Release([0]);
        for (var row = 16; row < 23; row++) AssertClose(whole[row], session.Step([ids[row]]).Row(0));
        Assert.Throws<ArgumentException>(() => session.Step([1]));
    }

    [Theory, MemberData(nameof(Models))]
    public void ADecodedTokenAllocatesNothing(bool experts, int window, bool tied)
    {
        var model = new Qwen2Model(InferenceWeights.Config(experts, window, tied), Weights);
        using var state = new SequenceState(3, 600);
        var session = new DecodingSession(new Qwen2Decoder(model), Ops, state);
        session.Admit(model.Embed(Ops, Ids(17)), Layout.Of(9, 1, 7));
        int[] tokens = [3, 4, 5];
        for (var i = 0; i < 20; i++) session.Step(tokens);
        var capacity = Ops.ArenaCapacity;
        Allocation.AssertNone(100, () =>
        {
            var logits = session.Step(tokens);
            for (var s = 0; s < tokens.Length; s++) tokens[s] = Largest(logits.Row(s));
        });
        Assert.Equal(capacity, Ops.ArenaCapacity);
    }

    [Fact]
    public void ABatchOfPromptsGivesWhatEachGivesAlone()
    {
        var model = new Qwen2Model(InferenceWeights.Config(experts: true), Weights);
        int[][] prompts = [Ids(5), Ids(11, seed: 3), Ids(1, seed: 5)];
        var options = new GenerationOptions { MaxNewTokens = 12 };
        var generator = new TokenGenerator(new Qwen2Decoder(model), Ops);
        var batch = generator.Generate(prompts, options);
        for (var i = 0; i < prompts.Length; i++)
        {
            var alone = generator.Generate([prompts[i]], options)[0];
            Assert.Equal(alone.Tokens, batch[i].Tokens);
            Assert.Equal(12, alone.Tokens.Count);
            Assert.Null(alone.EndToken);
        }
    }

    [Fact]
    public void EndTokensEndASequenceAndSuppressedTokensAreNotChosen()
    {
        var model = new Qwen2Model(InferenceWeights.Config(), Weights);
        var generator = new TokenGenerator(new Qwen2Decoder(model), Ops);
        int[][] prompts = [Ids(6), Ids(4, seed: 9)];
        var free = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 10 });
        var third = free[0].Tokens[2];
        var first = free[0].Tokens.Take(2).ToList();

        var ended = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 10, EndTokens = [third] });
        Assert.Equal(free[0].Tokens.TakeWhile(token => token != third), ended[0].Tokens);
        Assert.Equal(third, ended[0].EndToken);
        Assert.Equal(free[1].Tokens.TakeWhile(token => token != third), ended[1].Tokens);

        var suppressed = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 10, SuppressedTokens = [first[0]] });
        Assert.DoesNotContain(first[0], suppressed[0].Tokens);
        Assert.DoesNotContain(first[0], suppressed[1].Tokens);
        Assert.Throws<ArgumentException>(() => generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 1, SuppressedTokens = [67] }));
        Assert.Throws<ArgumentException>(() => generator.Generate([[]], new GenerationOptions { MaxNewTokens = 1 }));
        Assert.All(free[0].LogProbabilities, p => Assert.InRange(p, -20, 0));
        Assert.Equal(10, free[0].LogProbabilities.Count);
    }

    private static int[] Ids(int count, int seed = 7)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(67))];
    }

    private float[][] Logits(Qwen2Model model, int[] ids, Layout rows)
    {
        Ops.Reset();
        var logits = model.Logits(Ops, model.Hidden(Ops, model.Embed(Ops, ids), rows));
        return [.. Enumerable.Range(0, logits.Rows).Select(row => logits.Row(row).ToArray())];
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 2e-5f);
    }
}
