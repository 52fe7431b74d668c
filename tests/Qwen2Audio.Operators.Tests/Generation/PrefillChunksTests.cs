using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Long prompts are prefilled in chunks.</summary>
public sealed class PrefillChunksTests
{
    [Theory]
    [InlineData(false, new[] { 700 })]
    [InlineData(false, new[] { 257 })]
    [InlineData(false, new[] { 300, 20, 200, 36, 900, 1 })]
    [InlineData(false, new[] { 5, 251, 1, 255, 512 })]
    [InlineData(true, new[] { 30, 2100, 7 })]
    public void TheyGiveWhatOnePassGives(bool experts, int[] lengths)
    {
        using var decoder = new TinyDecoder(experts: experts);
        var ids = TinyDecoder.Ids(lengths.Sum());
        var rows = Layout.Of(lengths);
        var next = TinyDecoder.Ids(lengths.Length, seed: 3);
        var (whole, wholeNext) = Pass(inParts: false);
        var (parts, partsNext) = Pass(inParts: true);
        Assert.Equal(whole, parts);
        Assert.Equal(wholeNext, partsNext);

        (float[] Logits, float[] Next) Pass(bool inParts)
        {
            var config = decoder.Model.Config;
            using var state = new SequenceState(lengths.Length, lengths.Max() + 1);
            decoder.Ops.Reset();
            var x = decoder.Model.Embed(decoder.Ops, ids);
            if (inParts)
            {
                var session = new DecodingSession(decoder.Decoder, decoder.Ops, state);
                var logits = Numbers(session.Admit(x, rows));
                return (logits, Numbers(session.Step(next)));
            }

            int[] last = [.. Enumerable.Range(0, lengths.Length).Select(s => lengths[..(s + 1)].Sum() - 1)];
            var first = Numbers(decoder.Model.Logits(decoder.Ops, decoder.Ops.TakeRows(decoder.Model.Hidden(decoder.Ops, x, rows, state), last)));
            decoder.Ops.Reset();
            var step = Layout.Continuing([.. lengths.Select(_ => 1)], lengths);
            return (first, Numbers(decoder.Model.Logits(decoder.Ops, decoder.Model.Hidden(decoder.Ops, decoder.Model.Embed(decoder.Ops, next), step, state))));
        }
    }

    [Fact]
    public void IntermediateResultsDoNotGrowWithThePrompt()
    {
        using var decoder = new TinyDecoder();
        var config = decoder.Model.Config;
        const int Length = 12_000;
        using var state = new SequenceState(1, 2 * Length);
        var x = decoder.Model.Embed(decoder.Ops, TinyDecoder.Ids(Length));
        var before = decoder.Ops.ArenaCapacity;
        new DecodingSession(decoder.Decoder, decoder.Ops, state).Admit(x, Layout.Of(Length));
        Assert.InRange(decoder.Ops.ArenaCapacity - before, 0, 1 << 20); // one chunk; those of a layer for all rows are three million numbers
    }

    private static float[] Numbers(Matrix matrix) => [.. Enumerable.Range(0, matrix.Rows).SelectMany(row => matrix.Row(row).ToArray())];
}
