using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Sampling;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Sampling tokens: the generator's published bits, frequencies, and what a draw depends on.</summary>
public sealed class RandomSamplerTests
{
    private static readonly GenerationOptions Sampling = new() { MaxNewTokens = 20, Sample = true, Seed = 42, Temperature = 1.3, TopK = 40, TopP = 0.95 };

    [Fact]
    public void PhiloxGivesItsPublishedBits()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Bits(0, 0, 0, 0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            Philox.Bits(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, ulong.MaxValue));
        Assert.Equal((0xd16cfe09u, 0x94fdcceb, 0x5001e420u, 0x24126ea1u),
            Philox.Bits(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0x299f31d0_a4093822));
    }

    [Fact]
    public void TokensAreDrawnAsOftenAsTheirProbabilitySays()
    {
        float[] logits = [0, 1, 2, -1, float.NegativeInfinity, 0.5f];
        var sum = LogSumExp.Of(logits);
        const int draws = 40_000;
        var counts = new int[logits.Length];
        var sampler = new RandomSampler(new GenerationOptions { MaxNewTokens = 1, Sample = true, Seed = 3 });
        var ids = new int[draws];
        for (var step = 0; step < draws; step++) counts[sampler.Choose([.. logits], new TokenContext(5, ids.AsSpan(0, step), 0))]++;
        for (var i = 0; i < logits.Length; i++)
        {
            var probability = Math.Exp(logits[i] - sum);
            Assert.InRange(counts[i], draws * probability - 4 * Math.Sqrt(draws * probability), draws * probability + 4 * Math.Sqrt(draws * probability));
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void ASequenceDependsOnSeedNumberAndStepOnly(bool experts)
    {
        int[][] prompts = [TinyDecoder.Ids(5), TinyDecoder.Ids(13, 3), TinyDecoder.Ids(1, 5), TinyDecoder.Ids(8, 9)];
        IReadOnlyList<GeneratedSequence>? first = null;
        foreach (var threads in new[] { 1, 2, 4 })
        {
            using var decoder = new TinyDecoder(threads, experts);
            var batch = decoder.Generator.Generate(prompts, Sampling);
            first ??= batch;
            for (var i = 0; i < prompts.Length; i++)
            {
                Assert.Equal(first[i].Tokens, batch[i].Tokens);
                Assert.Equal(first[i].LogProbabilities, batch[i].LogProbabilities);
                var alone = decoder.Generator.Generate([prompts[i]], Sampling, new RandomSampler(Sampling, i))[0];
                Assert.Equal(alone.Tokens, batch[i].Tokens);
                Assert.Equal(alone.LogProbabilities, batch[i].LogProbabilities);
            }
        }

        using var other = new TinyDecoder();
        Assert.NotEqual(first![0].Tokens, other.Generator.Generate(prompts, Sampling with { Seed = 43 })[0].Tokens);
        var same = other.Generator.Generate([prompts[0], prompts[0]], Sampling);
        Assert.NotEqual(same[0].Tokens, same[1].Tokens);
    }

    [Fact]
    public void TheNarrowestSettingsGiveWhatGreedyGives()
    {
        using var decoder = new TinyDecoder();
        int[][] prompts = [TinyDecoder.Ids(6), TinyDecoder.Ids(2, 4)];
        var greedy = decoder.Generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 12 });
        foreach (var narrow in new[] { Sampling with { TopK = 1 }, Sampling with { TopP = 1e-9 }, Sampling with { MinP = 1 }, Sampling with { Temperature = 1e-6 } })
        {
            var drawn = decoder.Generator.Generate(prompts, narrow with { MaxNewTokens = 12 });
            for (var i = 0; i < prompts.Length; i++)
            {
                Assert.Equal(greedy[i].Tokens, drawn[i].Tokens);
                Assert.Equal(greedy[i].LogProbabilities, drawn[i].LogProbabilities);
            }
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void SelectionKeepsWhatSortingKeeps(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var logits = new float[random.Next(1, 200)];
            for (var i = 0; i < logits.Length; i++) logits[i] = random.Next(4) == 0 ? random.Next(-3, 3) : InferenceWeights.Normal(random);
            var options = new GenerationOptions { MaxNewTokens = 1, TopK = random.Next(0, 2) * random.Next(1, 250), TopP = random.Next(2) == 0 ? 1 : 1 - random.NextDouble() };
            var expected = Sorted(logits, options);
            new SamplingFilter(options).Apply(logits);
            Assert.Equal(expected, logits);
        }
    }

    private static float[] Sorted(float[] logits, GenerationOptions options)
    {
        var kept = (float[])logits.Clone();
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ToArray(); // stable: equal ones by index
        if (options.TopK > 0 && options.TopK < logits.Length)
            foreach (var i in order.Where(i => logits[i] < logits[order[options.TopK - 1]])) kept[i] = float.NegativeInfinity;
        if (options.TopP == 1) return kept;
        var total = kept.Sum(x => Math.Exp(x - logits[order[0]]));
        var before = 0.0;
        foreach (var i in order)
        {
            var weight = Math.Exp(kept[i] - logits[order[0]]);
            if (before >= options.TopP * total) kept[i] = float.NegativeInfinity;
            before += weight;
        }

        return kept;
    }
}
