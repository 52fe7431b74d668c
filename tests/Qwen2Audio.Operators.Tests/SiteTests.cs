using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Operators.Tests;

/// <summary>The sites of a model: listed in the order in which they are reached, replaced at inference, read in training.</summary>
public sealed class SiteTests : InferenceTest
{
    private static readonly AudioEncoderConfig Encoder = TinyConfigs.Whisper.Encoder;

    /// <summary>With all additions of our small models.</summary>
    private static readonly AudioEncoderConfig Small = Encoder with
    {
        ConvLayerNorm = true,
        TimeKernelSize = 3,
        RotaryPositions = true,
        CtcVocabSize = 9,
        PhoneVocabSize = 11,
        PhoneLayers = 1,
    };

    private static readonly WhisperConfig Whisper = TinyConfigs.Whisper with { DecoderLayers = 2 };

    [Fact]
    public void ALanguageModelIsSeenWhereItSays()
    {
        var probe = new SiteProbe();
        Ops.Probe = probe;
        var model = new Qwen2Model(InferenceWeights.Config(experts: true), Weights);
        model.Hidden(Ops, model.Embed(Ops, Ids(9)), Layout.Of(4, 5));
        Assert.Equal(
            [
                "decoder.input [9, 24]",
                "decoder.0.attention.probabilities [16, 4]", "decoder.0.attention.probabilities [20, 5]", "decoder.0.attention [9, 24]",
                "decoder.0.mlp [9, 24]", "decoder.0.output [9, 24]",
                "decoder.1.attention.probabilities [16, 4]", "decoder.1.attention.probabilities [20, 5]", "decoder.1.attention [9, 24]",
                "decoder.1.router [9, 6]", "decoder.1.mlp [9, 24]", "decoder.1.output [9, 24]",
                "decoder.2.attention.probabilities [16, 4]", "decoder.2.attention.probabilities [20, 5]", "decoder.2.attention [9, 24]",
                "decoder.2.mlp [9, 24]", "decoder.2.output [9, 24]", "decoder.output [9, 24]",
            ],
            probe.Seen);
    }

    [Theory, InlineData("text"), InlineData("experts"), InlineData("audio"), InlineData("small"), InlineData("whisper")]
    public void BothOperatorSetsReachTheSitesThatAModelLists(string kind)
    {
        var probe = new SiteProbe();
        Ops.Probe = probe;
        var listed = Pass(kind, Ops, Weights);
        Assert.Equal(listed.Distinct(), listed);
        Assert.Equal(listed, probe.Sites);

        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(Pool);
        _ = Sites(kind, parameters.Weights); // asks for them
        parameters.Allocate(_ => true);
        Initialisation.Fill(parameters, 3);
        List<string> heard = [];
        ops.Listener = (site, values, rows, columns) =>
        {
            Assert.Equal(rows * columns, values.Length);
            heard.Add(site.Name);
        };
        ops.Begin();
        Assert.Equal(listed, Pass(kind, ops, parameters.Weights));
        Assert.Equal(listed, heard);
    }

    [Theory, InlineData("experts"), InlineData("small"), InlineData("whisper")]
    public void ThePageListsTheSitesOfAModel(string kind) => SitePage.AssertLists(Sites(kind, Weights));

    [Theory, InlineData("decoder.0.output"), InlineData("decoder.1.output"), InlineData("decoder.input"), InlineData("decoder.output")]
    public void WhatFollowsComputesWithTheRowsOfAnotherRun(string site)
    {
        var model = new Qwen2Model(InferenceWeights.Config(experts: true), Weights);
        var other = new SiteProbe { Keep = site };
        Ops.Probe = other;
        var expected = Logits(model, Ids(9, seed: 3));
        Ops.Probe = null;
        var own = Logits(model, Ids(9));
        Ops.Probe = new SiteProbe { Replace = site, With = value => other.Kept.CopyTo(value.Span) };
        var found = Logits(model, Ids(9));
        Assert.NotEqual(expected, own);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void APromptThatIsReplacedIsGoneOnWithFromTheCache()
    {
        var model = new Qwen2Model(InferenceWeights.Config(), Weights);
        var generator = new TokenGenerator(new Qwen2Decoder(model), Ops);
        var options = new GenerationOptions { MaxNewTokens = 12 };
        var expected = generator.Generate([Ids(6, seed: 3)], options)[0].Tokens;
        var own = generator.Generate([Ids(6)], options)[0].Tokens;
        Ops.Reset();
        var rows = model.Embed(Ops, Ids(6, seed: 3)).Span.ToArray();
        var prompt = true;
        Ops.Probe = new SiteProbe
        {
            Replace = "decoder.input",
            With = value =>
            {
                if (prompt) rows.CopyTo(value.Span);
                prompt = false;
            },
        };
        Assert.NotEqual(expected, own);
        Assert.Equal(expected, generator.Generate([Ids(6)], options)[0].Tokens);
    }

    /// <summary>Zeroing a part zeroes its last weight.</summary>
    [Theory]
    [InlineData("decoder.1.attention", "model.layers.1.self_attn.o_proj.weight")]
    [InlineData("decoder.1.attention.probabilities", "model.layers.1.self_attn.o_proj.weight")]
    [InlineData("decoder.1.router", "model.layers.1.mlp.gate.weight")]
    [InlineData("decoder.2.mlp", "model.layers.2.mlp.down_proj.weight")]
    public void AZeroedPartEqualsAModelWithoutIt(string site, string weight)
    {
        using var without = new InferenceWeights(zero: weight);
        var config = InferenceWeights.Config(experts: true);
        var expected = Logits(new Qwen2Model(config, without), Ids(9));
        var model = new Qwen2Model(config, Weights);
        var whole = Logits(model, Ids(9));
        Ops.Probe = new SiteProbe { Replace = site, With = value => value.Clear() };
        Assert.NotEqual(expected, whole);
        Assert.Equal(expected, Logits(model, Ids(9)));
    }

    /// <summary>Heads share keys and values: writing their probabilities back unchanged gives the same rows.</summary>
    [Fact]
    public void ProbabilitiesThatArePutBackChangeNothingButRounding()
    {
        var model = new Qwen2Model(InferenceWeights.Config(), Weights);
        var expected = Logits(model, Ids(9));
        Ops.Probe = new SiteProbe { Replace = "decoder.1.attention.probabilities", With = _ => { } };
        var found = Logits(model, Ids(9));
        for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 2e-5f);
    }

    [Fact]
    public void ATokenAllocatesNothingWhetherSomebodyListensOrNot()
    {
        var model = new Qwen2Model(InferenceWeights.Config(experts: true), Weights);
        using var state = new SequenceState(1, 700);
        Ops.ReservePositions(700);
        var session = new DecodingSession(new Qwen2Decoder(model), Ops, state);
        session.Admit(model.Embed(Ops, Ids(3)), Layout.Of(3));
        int[] tokens = [3];
        for (var i = 0; i < 20; i++) session.Step(tokens);
        Allocation.AssertNone(50, () => session.Step(tokens));
        Ops.Probe = new SiteProbe { Replace = "decoder.1.output", With = value => value.Clear() };
        session.Step(tokens);
        Allocation.AssertNone(50, () => session.Step(tokens));
    }

    private string[] Pass<T>(string kind, IOps<T> ops, IWeights weights)
    {
        int[] ids = [5, 3, 50];
        if (kind is "text" or "experts")
        {
            var model = new Qwen2Model(InferenceWeights.Config(kind == "experts"), weights);
            model.Hidden(ops, model.Embed(ops, ids), Layout.Of(3));
        }
        else if (kind == "whisper")
        {
            var model = new WhisperModel(Whisper, weights);
            var memory = model.Encode(ops, Mel(ops), Layout.Of(30));
            model.Hidden(ops, model.Embed(ops, ids, Layout.Of(3)), Layout.Of(3), memory);
        }
        else
        {
            var model = Audio(kind, weights);
            var audio = model.Project(ops, model.Encoder.Forward(ops, Mel(ops), Layout.Of(30)).Pooled);
            model.Decoder.Hidden(ops, model.Embed(ops, [.. ids, .. Enumerable.Repeat(66, 15)], audio, 15), Layout.Of(18));
        }

        return [.. Sites(kind, weights).Select(site => site.Name)];
    }

    private static IReadOnlyList<Site> Sites(string kind, IWeights weights) => kind switch
    {
        "text" or "experts" => new Qwen2Model(InferenceWeights.Config(kind == "experts"), weights).Sites,
        "whisper" => new WhisperModel(Whisper, weights).Sites,
        _ => Audio(kind, weights).Sites,
    };

    private static Qwen2AudioModel Audio(string kind, IWeights weights) =>
        new(new Qwen2AudioConfig { AudioConfig = kind == "small" ? Small : Encoder, TextConfig = InferenceWeights.Config(), AudioTokenIndex = 66 }, weights);

    private static T Mel<T>(IOps<T> ops) => ops.Input(OperatorsUnderTest.Random(30 * 10, 1).AsSpan(0, 300), 30, 10);

    private static int[] Ids(int count, int seed = 7)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(67))];
    }

    private float[] Logits(Qwen2Model model, int[] ids)
    {
        Ops.Reset();
        return model.Logits(Ops, model.Hidden(Ops, model.Embed(Ops, ids), Layout.Of(4, 5))).Span.ToArray();
    }
}
