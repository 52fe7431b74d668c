using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Sequences admitted and released while others are decoded have the values that they have alone, bit for bit.</summary>
public sealed class DecodingSessionTests
{
    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 5)]
    [InlineData(false, 300)] // a prompt that is cut into parts
    public void ASequenceAdmittedInTheMiddleIsWhatItIsAlone(bool experts, int promptRows)
    {
        using var decoder = new TinyDecoder(experts: experts);
        int[][] prompts = [TinyDecoder.Ids(7), TinyDecoder.Ids(promptRows, 3), TinyDecoder.Ids(4, 5)];
        int[][] tokens = [TinyDecoder.Ids(9, 11), TinyDecoder.Ids(9, 12), TinyDecoder.Ids(9, 13)];
        using var state = new SequenceState(2, promptRows + 20);
        var session = new DecodingSession(decoder.Decoder, decoder.Ops, state);
        var found = new List<float[]>[] { [], [], [] };

        Take(session.Admit(prompts[0], Layout.Of(prompts[0].Length)), 0);
        for (var step = 0; step < 3; step++) Take(session.Step([tokens[0][step]]), 0);
        Take(session.Step([tokens[0][3]], () => Embed(prompts[1]), Layout.Of(promptRows)), 0, 1);
        Assert.Equal(0, session.FreeSlots);
        for (var step = 0; step < 3; step++) Take(session.Step([tokens[0][4 + step], tokens[1][step]]), 0, 1);
        session.Release([0]);
        Take(session.Step([tokens[1][3]], () => Embed(prompts[2]), Layout.Of(4)), 1, 2); // in the slot that was given back
        for (var step = 0; step < 4; step++) Take(session.Step([tokens[1][4 + step], tokens[2][step]]), 1, 2);

        for (var i = 0; i < 3; i++) Assert.Equal(Alone(decoder, prompts[i], tokens[i].AsSpan(0, found[i].Count - 1)), found[i]);

        void Take(Matrix logits, params int[] sequences)
        {
            Assert.Equal(sequences.Length, logits.Rows);
            for (var row = 0; row < sequences.Length; row++) found[sequences[row]].Add(logits.Row(row).ToArray());
        }

        Matrix Embed(int[] ids)
        {
            decoder.Ops.Reset();
            return decoder.Model.Embed(decoder.Ops, ids);
        }
    }

    [Fact]
    public void PromptsThatAreAddedToARunWaitForASlotAndGiveWhatTheyGiveAlone()
    {
        using var decoder = new TinyDecoder(experts: true);
        int[][] prompts = [TinyDecoder.Ids(6), TinyDecoder.Ids(3, 9), TinyDecoder.Ids(11, 2), TinyDecoder.Ids(2, 4), TinyDecoder.Ids(8, 6)];
        var free = decoder.Generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 12 });
        var options = new GenerationOptions { MaxNewTokens = 12, EndTokens = [free[0].Tokens[4], free[2].Tokens[2]] };
        using var run = decoder.Generator.Open(slots: 2, capacity: 23, options);
        Assert.False(run.Next(TestContext.Current.CancellationToken));
        for (var i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(i, run.Add(prompts[i]));
            run.Next(TestContext.Current.CancellationToken);
            Assert.InRange(run.Tokens.Length, 1, 2);
        }

        while (run.Next(TestContext.Current.CancellationToken)) { }
        for (var i = 0; i < prompts.Length; i++)
        {
            var alone = decoder.Generator.Generate([prompts[i]], options)[0];
            Assert.Equal(alone.Tokens, run.Results[i].Tokens);
            Assert.Equal(alone.LogProbabilities, run.Results[i].LogProbabilities);
            Assert.Equal((alone.Ended, alone.EndToken), (run.Results[i].Ended, run.Results[i].EndToken));
        }

        Assert.Contains("23 rows", Assert.Throws<ArgumentException>(() => run.Add(TinyDecoder.Ids(12))).Message, StringComparison.Ordinal);
        using var cancel = new CancellationTokenSource();
        var last = run.Add(prompts[0]);
        cancel.Cancel();
        Assert.False(run.Next(cancel.Token));
        Assert.Equal(FinishReason.Cancelled, run.Results[last].Ended);
    }

    [Fact]
    public void TextsThatBranchFromASequenceLeaveItAsItIs()
    {
        using var decoder = new TinyDecoder();
        var (prompt, token) = (TinyDecoder.Ids(9), TinyDecoder.Ids(3, 8));
        using var state = new SequenceState(1, 20);
        var session = new DecodingSession(decoder.Decoder, decoder.Ops, state);
        var logits = session.Admit(prompt, Layout.Of(9)).Row(0).ToArray();
        int[][] texts = [[1, 2, 3], [4], [5, 6], .. Enumerable.Range(10, 9).Select(id => (int[])[id, 7])];
        var scores = ContinuationScores.Of(session, 0, logits, texts);
        for (var i = 0; i < texts.Length; i++)
        {
            double sum = 0;
            for (var j = 0; j < texts[i].Length; j++) sum += decoder.LogProbabilities([.. prompt, .. texts[i].AsSpan(0, j)])[texts[i][j]];
            Assert.Equal(sum, scores[i], 1e-4);
        }

        Assert.Equal(Alone(decoder, prompt, token)[1..], new[] { Row(session.Step([token[0]])), Row(session.Step([token[1]])), Row(session.Step([token[2]])) });
        Assert.Throws<ArgumentException>(() => ContinuationScores.Of(session, 0, logits, [[]]));
        Assert.Throws<ArgumentException>(() => session.Branch(0, new int[9], [9]));
    }

    private static float[] Row(Matrix logits) => logits.Row(0).ToArray();

    private static List<float[]> Alone(TinyDecoder decoder, int[] prompt, ReadOnlySpan<int> tokens)
    {
        using var state = new SequenceState(1, prompt.Length + tokens.Length);
        var session = new DecodingSession(decoder.Decoder, decoder.Ops, state);
        List<float[]> rows = [Row(session.Admit(prompt, Layout.Of(prompt.Length)))];
        foreach (var token in tokens) rows.Add(Row(session.Step([token])));
        return rows;
    }
}
