using Qwen2Audio.Inference.Synthesis;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>A model that speaks, on both operator sets.</summary>
public sealed class SynthesisModelTests : InferenceTest
{
    private static readonly SynthesisConfig Sizes = new()
    {
        FirstToken = 20,
        Phones = 9,
        Voices = ["a", "b", "c"],
        Books = 3,
        Entries = 12,
        Dimension = 6,
        HeadWidth = 10,
        DurationWidth = 8,
    };

    private static readonly Qwen2Config Decoder = InferenceWeights.Config(experts: true) with { VocabSize = Sizes.Vocabulary };

    private static readonly int[] Phones = [0, 4, 8, 2, 0];
    private static readonly int[] Frames = [2, 3, 0, 4, 1];

    [Fact]
    public void Training_computes_what_inference_does()
    {
        var (input, codes) = Spoken();
        var model = Model(Weights);
        Ops.Reset();
        var hidden = model.Hidden(Ops, input, Layout.Of(4, 6));
        float[][] expected = [.. Enumerable.Range(0, Sizes.Books).Select(book => model.Logits(Ops, hidden, book, codes).Span.ToArray())];
        var lengths = model.Durations.Forward(Ops, Phones, [1, 1, 1, 1, 1], Layout.Of(2, 3)).Span.ToArray();

        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(Pool);
        var trained = Model(parameters.Weights);
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
        var model = Model(Weights);
        Ops.Reset();
        var whole = model.Hidden(Ops, input, Layout.Of(input.Rows)).Span.ToArray();
        using var state = new SequenceState(1, input.Rows);
        var pieces = new List<float>();
        for (var row = 0; row < input.Rows; row++)
        {
            Ops.Reset();
            var frame = input.Part(row, 1, row == 0 ? [-1, -1, -1] : codes.AsSpan(3 * (row - 1), 3));
            pieces.AddRange(model.Hidden(Ops, frame, Layout.Continuing([1], [row]), state).Span);
        }

        Numbers.Near(whole, [.. pieces]);
    }

    [Fact]
    public void The_first_frame_has_no_frame_before_it()
    {
        var (input, _) = Spoken();
        var model = Model(Weights);
        Ops.Reset();
        var first = model.Hidden(Ops, input.Part(0, 1, [-1, -1, -1]), Layout.Of(1)).Span.ToArray();
        Ops.Reset();
        Assert.NotEqual(first, model.Hidden(Ops, input.Part(0, 1, [0, 0, 0]), Layout.Of(1)).Span.ToArray());
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

    [Fact]
    public void The_vocabulary_has_text_units_then_phones_of_each_place_then_voices()
    {
        int[] all = [.. Enumerable.Range(0, SynthesisConfig.Neighbours).SelectMany(k => Enumerable.Range(0, 10).Select(phone => Sizes.PhoneToken(k, phone))), .. Enumerable.Range(0, 4).Select(Sizes.VoiceToken)];
        Assert.Equal(Enumerable.Range(20, 44), all);
        Assert.Equal((64, 9, 3), (Sizes.Vocabulary, Sizes.UnknownPhone, Sizes.UnknownVoice));
    }

    [Fact]
    public void Without_text_frames_say_nothing_of_phones_and_places()
    {
        var (input, _) = Spoken();
        var without = input.WithoutText(Sizes.UnknownPhone);
        var other = FrameInput.Of([7, 1], [6, 4], 1, Sizes.Books).WithoutText(Sizes.UnknownPhone);
        Assert.Equal(without.Phones, other.Phones);
        Assert.Equal(without.Places, other.Places);
        Assert.Equal(input.Voices, without.Voices);
        Assert.Equal(input.Previous, without.Previous);
        var unknown = FrameInput.Unknown(Sizes, input.Rows, 1);
        Assert.Equal(without.Phones, unknown.Phones);
        Assert.Equal(without.Places, unknown.Places);
        Assert.Equal(without.Voices, unknown.Voices);
    }

    [Fact]
    public void Guidance_is_the_text_alone_at_one_and_the_frames_without_text_at_zero()
    {
        var (input, _) = Spoken();
        var (with, without) = (Guided(input), Guided(input.WithoutText(Sizes.UnknownPhone)));
        Assert.NotEqual(with, without);
        Assert.Equal(without, Guided(input, text: 0));
        Assert.Equal(with, Guided(input, text: 1.0000001));
        Assert.NotEqual(with, Guided(input, text: 4));
    }

    [Fact]
    public void Guidance_by_voice_is_the_voice_alone_at_one_and_the_unknown_one_at_zero()
    {
        var sizes = Sizes with { SpeakerWidth = 2 * Sizes.Dimension };
        var speaker = SpeakerEmbedding.Of([.. Enumerable.Range(0, 4 * Sizes.Dimension).Select(i => (float)Math.Sin(i))], [true, true, true, true]);
        var input = Spoken().Input.By(speaker);
        var (with, without) = (Guided(input, sizes: sizes), Guided(input.WithoutVoice(Sizes.UnknownVoice), sizes: sizes));
        Assert.NotEqual(with, without);
        Assert.Equal(without, Guided(input, voice: 0, sizes: sizes));
        Assert.Equal(with, Guided(input, voice: 1.0000001, sizes: sizes));
        Assert.NotEqual(with, Guided(input, voice: 4, sizes: sizes));
        Assert.NotEqual(Guided(input, 3, sizes: sizes), Guided(input, 3, 3, sizes));
    }

    private int[] Guided(FrameInput frames, double text = 1, double voice = 1, SynthesisConfig? sizes = null)
    {
        using var made = new FrameGeneration(Model(Weights, sizes ?? Sizes), Ops, frames, 0.9, 3, (text, voice));
        return made.Next(frames.Rows);
    }

    [Fact]
    public void Frames_that_are_given_are_gone_on_from()
    {
        var input = FrameInput.Unknown(Sizes, 700, Sizes.UnknownVoice);
        using var whole = new FrameGeneration(Model(Weights), Ops, input, 1, 5);
        var codes = whole.Next(700);
        using var rest = new FrameGeneration(Model(Weights), Ops, input, 1, 5, before: codes.AsSpan(0, 600 * Sizes.Books));
        Assert.Equal(100, rest.Left);
        Assert.Equal(codes[(600 * Sizes.Books)..], rest.Next(100));
    }

    [Fact]
    public void How_the_speaker_sounds_is_an_input_of_frames_and_durations_on_both_operator_sets()
    {
        var sizes = Sizes with { SpeakerWidth = 2 * Sizes.Dimension };
        var (input, codes) = Spoken();
        var model = Model(Weights, sizes);
        Ops.Reset();
        var speaker = SpeakerEmbedding.Of(model.Frames(Ops, codes).Span, [.. Enumerable.Repeat(true, input.Rows)])!;
        float[] Hidden(FrameInput frames, params int[] lengths)
        {
            Ops.Reset();
            return model.Hidden(Ops, frames, Layout.Of(lengths)).Span.ToArray();
        }

        float[] Lengths(SpeakerEmbedding?[]? speakers)
        {
            Ops.Reset();
            return model.Durations.Forward(Ops, Phones, [1, 1, 1, 1, 1], Layout.Of(2, 3), speakers).Span.ToArray();
        }

        var (unknown, known) = (Hidden(input, input.Rows), Hidden(input.By(speaker), input.Rows));
        Assert.Equal(unknown, Hidden(input.By(null), input.Rows));
        Assert.NotEqual(unknown, known);
        Assert.Equal([.. known, .. unknown], Hidden(FrameInput.Join([input.By(speaker), input]), input.Rows, input.Rows));
        Assert.Equal([.. known, .. unknown], Hidden(FrameInput.Join([input.By(speaker).Part(0, input.Rows, input.Previous), input.By(null)]), input.Rows, input.Rows));
        Assert.Same(speaker, input.By(speaker).WithoutText(sizes.UnknownPhone).Speakers![3]);
        SpeakerEmbedding?[] some = [null, null, speaker, speaker, speaker];
        var (same, other) = (Lengths(null), Lengths(some));
        Assert.Equal(same[..2], other[..2]); // another text
        Assert.NotEqual(same[2..], other[2..]);

        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(Pool);
        var trained = Model(parameters.Weights, sizes);
        parameters.Allocate(_ => true);
        foreach (var parameter in parameters.Parameters) InferenceWeights.Fill(parameter.Name, parameter.Shape.Count == 1, parameter.Value);
        ops.Begin();
        Numbers.Near(known, trained.Hidden(ops, input.By(speaker), Layout.Of(input.Rows)).Value.Span.ToArray());
        Numbers.Near(other, trained.Durations.Forward(ops, Phones, [1, 1, 1, 1, 1], Layout.Of(2, 3), some).Value.Span.ToArray());
    }

    [Fact]
    public void A_speaker_sounds_like_mean_and_deviation_of_the_frames_with_sound()
    {
        var embedding = SpeakerEmbedding.Of([1, 10, 99, 99, 3, 10], [true, false, true])!;
        Assert.Equal([2, 10, 1, 0], embedding.Values.ToArray());
        Assert.Equal(2, embedding.Frames);
        Assert.Null(SpeakerEmbedding.Of([1, 10], [false]));
    }

    private static SynthesisModel Model(IWeights weights, SynthesisConfig? sizes = null) => new(sizes ?? Sizes, new Qwen2Model(Decoder, weights.Sub("language_model")), weights.Sub("synthesis"));

    private static (FrameInput Input, int[] Codes) Spoken()
    {
        var input = FrameInput.Of(Phones, Frames, 1, Sizes.Books);
        int[] codes = [.. Enumerable.Range(0, Sizes.Books * input.Rows).Select(i => i * 7 % Sizes.Entries)];
        codes.AsSpan(..^Sizes.Books).CopyTo(input.Previous.AsSpan(Sizes.Books));
        return (input, codes);
    }
}
