using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Inference.Generation.Beams;
using Qwen2Audio.Inference.Generation.Processors;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Beam search compared with a search without a state, exhaustive search, and greedy decoding.</summary>
public sealed class BeamSearchTests : IDisposable
{
    private static readonly int[][] Prompts = [TinyDecoder.Ids(6), TinyDecoder.Ids(3, 9), TinyDecoder.Ids(11, 2), TinyDecoder.Ids(2, 4)];
    private readonly TinyDecoder _decoder = new();

    public static TheoryData<int, double, EarlyStopping, int> Searches()
    {
        var data = new TheoryData<int, double, EarlyStopping, int>();
        foreach (var beams in new[] { 2, 4 })
            foreach (var penalty in new[] { 0, 1, 2.5, -1 })
                foreach (var early in Enum.GetValues<EarlyStopping>()) data.Add(beams, penalty, early, 3);
        data.Add(3, 1, EarlyStopping.WhenUnlikely, 0);
        data.Add(7, 0.5, EarlyStopping.Never, 1);
        return data;
    }

    public void Dispose() => _decoder.Dispose();

    [Theory, MemberData(nameof(Searches))]
    public void ItFindsWhatTheSameSearchFindsWithoutACache(int beams, double penalty, EarlyStopping early, int ends)
    {
        var frequent = _decoder.Generator.Generate(Prompts, new GenerationOptions { MaxNewTokens = 12 }).SelectMany(sequence => sequence.Tokens)
            .GroupBy(token => token).OrderByDescending(group => group.Count()).Select(group => group.Key).ToList();
        var options = new GenerationOptions
        {
            MaxNewTokens = 7,
            Beams = beams,
            LengthPenalty = penalty,
            EarlyStopping = early,
            EndTokens = [.. frequent.Skip(2).Take(ends)],
            MinNewTokens = beams == 4 ? 2 : 0,
            NoRepeatNgramSize = 3,
            RepetitionPenalty = 1.2,
            SuppressedTokens = [frequent[0]],
        };
        var found = _decoder.Generator.Generate(Prompts, options);
        for (var i = 0; i < Prompts.Length; i++)
        {
            var (tokens, score) = Reference(Prompts[i], options);
            int[] whole = found[i].EndToken is { } end ? [.. found[i].Tokens, end] : [.. found[i].Tokens];
            Assert.Equal(tokens, whole);
            Assert.Equal(score, found[i].Score, 1e-4);
            Assert.Equal(found[i].EndToken is null ? FinishReason.Length : FinishReason.EndToken, found[i].Ended);
            Assert.Equal(score * Math.Pow(whole.Length, penalty), found[i].LogProbabilities.Sum(p => (double)p) + found[i].EndLogProbability, 1e-4);
            var alone = _decoder.Generator.Generate([Prompts[i]], options)[0];
            Assert.Equal(found[i].Tokens, alone.Tokens);
            Assert.Equal(found[i].Score, alone.Score);
        }
    }

    [Theory, InlineData(1.0), InlineData(0.0), InlineData(3.0)]
    public void EnoughBeamsFindTheBestOfAll(double penalty)
    {
        var prompt = Prompts[1];
        var first = _decoder.LogProbabilities(prompt);
        var end = Array.IndexOf(first, first.OrderDescending().ElementAt(3));
        var best = (Score: double.NegativeInfinity, Tokens: (int[])[]);
        for (var a = 0; a < first.Length; a++)
        {
            Offer(first[a], a);
            if (a == end) continue;
            var second = _decoder.LogProbabilities([.. prompt, a]);
            for (var b = 0; b < second.Length; b++) Offer((double)first[a] + second[b], a, b);
        }

        var options = new GenerationOptions { MaxNewTokens = 2, Beams = 67, LengthPenalty = penalty, EndTokens = [end], EarlyStopping = EarlyStopping.Never };
        var found = _decoder.Generator.Generate([prompt], options)[0];
        Assert.Equal(best.Tokens, found.EndToken is { } last ? [.. found.Tokens, last] : found.Tokens);
        Assert.Equal(best.Score, found.Score, 1e-4);

        void Offer(double sum, params int[] tokens)
        {
            if (tokens.Length == 1 && tokens[0] != end) return;
            var score = sum / Math.Pow(tokens.Length, penalty);
            if (score > best.Score) best = (score, tokens);
        }
    }

    [Fact]
    public void OneBeamIsGreedy()
    {
        var free = _decoder.Generator.Generate(Prompts, new GenerationOptions { MaxNewTokens = 10 });
        var options = new GenerationOptions { MaxNewTokens = 10, EndTokens = [free[0].Tokens[3], free[2].Tokens[5]] };
        var greedy = _decoder.Generator.Generate(Prompts, options);
        var search = BeamSearch.Run(_decoder.Decoder, _decoder.Ops, Inference.Generation.Prompts.Of(Prompts), options, TestContext.Current.CancellationToken);
        for (var i = 0; i < Prompts.Length; i++)
        {
            Assert.Equal(greedy[i].Tokens, search[i].Tokens);
            Assert.Equal(greedy[i].EndToken, search[i].EndToken);
            Assert.Equal(greedy[i].Ended, search[i].Ended);
            Assert.Equal(greedy[i].Score, search[i].Score, 1e-5);
        }
    }

    [Fact]
    public void ACancelledSearchGivesTheBestSoFar()
    {
        var options = new GenerationOptions { MaxNewTokens = 30, Beams = 3 };
        using var source = new CancellationTokenSource();
        var probe = new CancelAfter(source, layers: 5 * _decoder.Model.Config.NumHiddenLayers);
        _decoder.Ops.Probe = probe;
        var cut = _decoder.Generator.Generate(Prompts, options, cancellation: source.Token);
        _decoder.Ops.Probe = null;
        var five = _decoder.Generator.Generate(Prompts, options with { MaxNewTokens = 5 });
        for (var i = 0; i < Prompts.Length; i++)
        {
            Assert.Equal(FinishReason.Cancelled, cut[i].Ended);
            Assert.Equal(five[i].Tokens, cut[i].Tokens);
        }
    }

    [Fact]
    public void ForkedSequencesGoOnAsTheirParent()
    {
        using var state = new SequenceState(5, 20);
        var session = new DecodingSession(_decoder.Decoder, _decoder.Ops, state);
        int[] a = [1, 2, 3];
        int[] b = [4, 5];
        _decoder.Ops.Reset();
        session.Admit(_decoder.Model.Embed(_decoder.Ops, [.. a, .. b]), Layout.Of(3, 2));
        List<int[]> held = [a, b];
        foreach (var (parents, tokens) in new (int[], int[])[] { ([1, 0, 1, 0, 1], [7, 8, 9, 10, 11]), ([4, 4, 1, 0], [1, 2, 3, 4]), ([2, 2, 2, 2, 2], [5, 6, 7, 8, 9]), ([0, 4], [3, 3]) })
        {
            session.Fork(parents);
            held = [.. parents.Select((parent, i) => (int[])[.. held[parent], tokens[i]])];
            var logits = session.Step(tokens);
            var rows = Enumerable.Range(0, logits.Rows).Select(i => logits.Row(i).ToArray()).ToList();
            for (var i = 0; i < held.Count; i++)
            {
                var sum = (float)LogSumExp.Of(rows[i]);
                var expected = _decoder.LogProbabilities(held[i]);
                for (var t = 0; t < expected.Length; t++) Assert.Equal(expected[t], rows[i][t] - sum, 2e-5f);
            }
        }

        Assert.Throws<ArgumentException>(() => session.Fork([0, 0, 0, 1, 1, 1]));
    }

    /// <summary>transformers' search, one prompt, every step from the beginning; allowed tokens are filtered by the logits processors, which are tested elsewhere.</summary>
    private (int[] Tokens, double Score) Reference(int[] prompt, GenerationOptions options)
    {
        var keep = Math.Max(2, 1 + options.EndTokens.Count) * options.Beams;
        var rules = new LogitsProcessors(options);
        List<(int[] Tokens, double Sum)> running = [([], 0)];
        List<(int[] Tokens, double Score)> finished = [];
        var hopeful = true;
        for (var length = 1; ; length++)
        {
            List<(int[] Tokens, double Sum)> candidates = [];
            foreach (var (tokens, sum) in running)
            {
                int[] ids = [.. prompt, .. tokens];
                var row = _decoder.LogProbabilities(ids);
                rules.Apply(row, ids, prompt.Length);
                for (var token = 0; token < row.Length; token++)
                    if (!float.IsNegativeInfinity(row[token])) candidates.Add(([.. tokens, token], sum + row[token]));
            }

            candidates = [.. candidates.OrderByDescending(candidate => candidate.Sum).Take(keep)];
            bool Ends((int[] Tokens, double Sum) candidate) => length == options.MaxNewTokens || options.EndTokens.Contains(candidate.Tokens[^1]);
            var full = finished.Count == options.Beams;
            if (hopeful && !(full && options.EarlyStopping == EarlyStopping.WhenFull))
            {
                finished.AddRange(candidates.Take(options.Beams).Where(Ends).Select(c => (c.Tokens, c.Sum / Math.Pow(length, options.LengthPenalty))));
                finished = [.. finished.OrderByDescending(beam => beam.Score).Take(options.Beams)];
            }

            running = [.. candidates.Where(candidate => !Ends(candidate)).Take(options.Beams)];
            if (running.Count == 0) return finished[0];
            full = finished.Count == options.Beams;
            var longest = options.EarlyStopping == EarlyStopping.Never && options.LengthPenalty > 0 ? options.MaxNewTokens : length;
            hopeful &= !full || running[0].Sum / Math.Pow(longest, options.LengthPenalty) > finished[^1].Score;
            if (!hopeful || (full && options.EarlyStopping == EarlyStopping.WhenFull)) return finished[0];
        }
    }

    private sealed class CancelAfter(CancellationTokenSource source, int layers) : IProbe
    {
        private int _seen;

        public bool Wants(Site site) => site.Name is "decoder.0.output" or "decoder.1.output" or "decoder.2.output";

        public bool Visit(Site site, Numerics.Memory.Matrix value)
        {
            if (++_seen == layers) source.Cancel();
            return false;
        }
    }
}
