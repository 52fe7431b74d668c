using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>A model that speaks, on both operator sets.</summary>
public sealed class SynthesisModelTests : InferenceTest
{
    private static readonly SynthesisConfig Sizes = new()
    {
        Decoder = InferenceWeights.Config(experts: true) with { VocabSize = SynthesisConfig.VocabularyOf(9, 3) },
        Phones = 9,
        Voices = 3,
        Books = 3,
        Entries = 12,
        Dimension = 6,
        HeadWidth = 10,
        DurationWidth = 8,
    };

    private static readonly int[] Phones = [0, 4, 8, 2, 0];
    private static readonly int[] Frames = [2, 3, 0, 4, 1];

    [Fact]
    public void Training_computes_what_inference_does()
    {
        var (input, codes) = Spoken();
        var model = new SynthesisModel(Sizes, Weights);
        Ops.Reset();
        var hidden = model.Hidden(Ops, input, Layout.Of(4, 6));
        float[][] expected = [.. Enumerable.Range(0, Sizes.Books).Select(book => model.Logits(Ops, hidden, book, codes).Span.ToArray())];
        var lengths = model.Durations.Forward(Ops, Phones, [1, 1, 1, 1, 1], Layout.Of(2, 3)).Span.ToArray();

        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(Pool);
        var trained = new SynthesisModel(Sizes, parameters.Weights);
        parameters.Allocate(_ => true);
        foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
        ops.Begin();
        var rows = trained.Hidden(ops, input, Layout.Of(4, 6));
        for (var book = 0; book < Sizes.Books; book++) Numbers.Near(expected[book], trained.Logits(ops, rows, book, codes).Value.Span.ToArray());
        Numbers.Near(lengths, trained.Durations.Forward(ops, Phones, [1, 1, 1, 1, 1], Layout.Of(2, 3)).Value.Span.ToArray());
    }

    [Fact]
    public void Frame_by_frame_it_computes_what_it_does_for_all_frames_at_once()
    {
        var (input, codes) = Spoken();
        var model = new SynthesisModel(Sizes, Weights);
        Ops.Reset();
        var whole = model.Hidden(Ops, input, Layout.Of(input.Rows)).Span.ToArray();
        using var state = new SequenceState(1, input.Rows);
        var pieces = new List<float>();
        for (var row = 0; row < input.Rows; row++)
        {
            Ops.Reset();
            var frame = input.Frame(row, row == 0 ? [-1, -1, -1] : codes.AsSpan(3 * (row - 1), 3));
            pieces.AddRange(model.Hidden(Ops, frame, Layout.Continuing([1], [row]), state).Span);
        }

        Numbers.Near(whole, [.. pieces]);
    }

    [Fact]
    public void The_first_frame_has_no_frame_before_it()
    {
        var (input, _) = Spoken();
        var model = new SynthesisModel(Sizes, Weights);
        Ops.Reset();
        var first = model.Hidden(Ops, input.Frame(0, [-1, -1, -1]), Layout.Of(1)).Span.ToArray();
        Ops.Reset();
        Assert.NotEqual(first, model.Hidden(Ops, input.Frame(0, [0, 0, 0]), Layout.Of(1)).Span.ToArray());
    }

    [Fact]
    public void A_frame_knows_its_phone_the_neighbours_and_its_place()
    {
        var input = FrameInput.Of(Phones, Frames, 2, 3);
        Assert.Equal(10, input.Rows);
        Assert.Equal([0, 0, 4, 4, 4, 2, 2, 2, 2, 0], input.Phones[..10]); // the phone 8 has no frame, and is only a neighbour
        Assert.Equal([0, 0, 0, 0, 0, 8, 8, 8, 8, 2], input.Phones[10..20]);
        Assert.Equal([4, 4, 8, 8, 8, 0, 0, 0, 0, 0], input.Phones[20..30]);
        Assert.Equal([8, 8, 2, 2, 2, 0, 0, 0, 0, 0], input.Phones[30..]);
        Assert.Equal([0.625f, 0.25f, 0.125f, 0.5f], input.Places[28..32]); // the third of four
        Assert.All(input.Voices, voice => Assert.Equal(2, voice));
        Assert.All(input.Previous, code => Assert.Equal(-1, code));
    }

    [Theory, InlineData(1), InlineData(4), InlineData(40)]
    public void Durations_are_the_frames_that_were_learned(int frames)
    {
        Assert.Equal(frames, DurationPredictor.Frames(DurationPredictor.Log(frames), 1));
        Assert.Equal(Math.Max(1, (int)Math.Round(frames / 2.0)), DurationPredictor.Frames(DurationPredictor.Log(frames), 2));
    }

    private static (FrameInput Input, int[] Codes) Spoken()
    {
        var input = FrameInput.Of(Phones, Frames, 1, Sizes.Books);
        int[] codes = [.. Enumerable.Range(0, Sizes.Books * input.Rows).Select(i => i * 7 % Sizes.Entries)];
        codes.AsSpan(..^Sizes.Books).CopyTo(input.Previous.AsSpan(Sizes.Books));
        return (input, codes);
    }
}
