using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Operators.Tests.Generation;

/// <summary>Cancellation within a pass, and answers that continue one prompt.</summary>
public sealed class DecodingSessionCancellationTests : IDisposable
{
    private readonly TinyDecoder _decoder = new();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(0, 3)]
    public void A_pass_ends_between_two_layers_and_what_was_made_stays(int made, int beams)
    {
        using var cancel = new CancellationTokenSource();
        var probe = new CancelAt(pass: made, cancel);
        _decoder.Ops.Probe = probe;
        var options = new GenerationOptions { MaxNewTokens = 9, Beams = beams };
        var result = Assert.Single(_decoder.Generator.Generate([TinyDecoder.Ids(20)], options, cancellation: cancel.Token));
        Assert.Equal(FinishReason.Cancelled, result.Ended);
        Assert.Equal(made, result.Tokens.Count);
        Assert.Equal([.. Enumerable.Repeat(3, made), 1], probe.Layers); // layers of each pass

        _decoder.Ops.Probe = null;
        var whole = Assert.Single(_decoder.Generator.Generate([TinyDecoder.Ids(20)], options));
        Assert.Equal(9, whole.Tokens.Count);
        Assert.Equal(whole.Tokens.Take(beams == 1 ? made : 0), result.Tokens.Take(beams == 1 ? made : 0));
    }

    [Fact]
    public void Sequences_of_one_slot_go_on_from_its_rows_as_each_does_alone()
    {
        var (config, prompt) = (_decoder.Model.Config, TinyDecoder.Ids(30));
        int[][] answers = [TinyDecoder.Ids(4, 1), [], TinyDecoder.Ids(1, 2), TinyDecoder.Ids(7, 3)];
        using var state = new SequenceState(1, 40);
        Hidden(prompt, Layout.Of(30));
        var together = Hidden([.. answers.SelectMany(answer => answer)], Layout.Continuing([4, 0, 1, 7], [30, 30, 30, 30], [0, 0, 0, 0]));
        float[] alone = [.. answers.Where(answer => answer.Length > 0).SelectMany(answer => Hidden(answer, Layout.Continuing([answer.Length], [30], [0])))];
        Assert.Equal(alone, together);

        float[] Hidden(int[] ids, Layout rows)
        {
            _decoder.Ops.Reset();
            return _decoder.Model.Hidden(_decoder.Ops, _decoder.Model.Embed(_decoder.Ops, ids), rows, state).Span.ToArray();
        }
    }

    public void Dispose() => _decoder.Dispose();

    /// <summary>Cancels after the first layer of a pass and counts layers.</summary>
    private sealed class CancelAt(int pass, CancellationTokenSource cancel) : IProbe
    {
        public List<int> Layers { get; } = [];

        public bool Wants(Site site) => site.Name is "decoder.input" or "decoder.0.output" or "decoder.1.output" or "decoder.2.output";

        public bool Visit(Site site, Matrix value)
        {
            if (site.Name == "decoder.input")
            {
                Layers.Add(0);
                return false;
            }

            Layers[^1]++;
            if (Layers.Count == pass + 1) cancel.Cancel();
            return false;
        }
    }
}
