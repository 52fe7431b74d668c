using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Operators.Tests;

/// <summary>The sites of codecs: listed in the order in which they are reached, codes and entries replaced at inference, read in training.</summary>
public sealed class SiteCodecTests : InferenceTest
{
    private const int Samples = 400;

    public static TheoryData<string> Names => [.. CodecModelTests.Forms.Keys, .. FrameCodecModelTests.Forms.Keys];

    public static TheoryData<bool> Kinds => [false, true];

    [Theory, MemberData(nameof(Names))]
    public void BothOperatorSetsReachTheSitesThatACodecLists(string form)
    {
        var probe = new SiteProbe();
        Ops.Probe = probe;
        var listed = Pass(form, Ops, Weights, out _);
        Assert.Equal(listed.Distinct(), listed);
        Assert.Equal(listed, probe.Sites);
        Assert.Contains("codebook.1.codes", listed);
        Assert.Contains("codebook.1", listed);

        using var parameters = new ParameterSet();
        using var ops = new TrainingOps(Pool);
        _ = New(form, parameters.Weights);
        parameters.Allocate(_ => true);
        Initialisation.Fill(parameters, 3);
        List<string> heard = [];
        ops.Listener = (site, values, rows, columns) =>
        {
            Assert.Equal(rows * columns, values.Length);
            heard.Add(site.Name);
        };
        ops.Begin();
        Pass(form, ops, parameters.Weights, out _);
        Assert.Equal(listed, heard);
    }

    [Theory, MemberData(nameof(Names))]
    public void ThePageListsTheSitesOfACodec(string form)
    {
        var (ours, published) = New(form, Weights);
        SitePage.AssertLists(ours?.Sites ?? published!.Sites);
    }

    [Theory, MemberData(nameof(Names))]
    public void CodesThatAreReplacedAreDecoded(string form)
    {
        Pass(form, Ops, Weights, out var codes);
        int[] mixed = [.. codes.Select((code, i) => i % 2 == 0 ? code : (code + 3) % 8)];
        var expected = Decoded(form, mixed);
        Assert.NotEqual(expected, Decoded(form, codes));
        Ops.Probe = new SiteProbe
        {
            Replace = "codebook.1.codes",
            With = column =>
            {
                Assert.Equal(1, column.Columns);
                for (var row = 0; row < column.Rows; row++)
                {
                    Assert.Equal(codes[2 * row + 1], column.Row(row)[0]);
                    column.Row(row)[0] = mixed[2 * row + 1];
                }
            },
        };
        Assert.Equal(expected, Decoded(form, codes));
    }

    /// <summary>The residual that a stage passes on follows its replaced codes.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void CodesThatAreReplacedChangeWhatFollows(bool factorised)
    {
        var quantiser = Quantiser(factorised);
        var (x, codes) = (OperatorsUnderTest.Random(7, 1), new int[21]);
        var entries = quantiser.Decode(Ops, new int[7], 1).Span.ToArray();
        float[] left = [.. x.Select((value, i) => value - entries[i])];
        var expected = new int[14];
        Ops.Quantise(Ops.Input(left, 7, OperatorsUnderTest.Width), [.. quantiser.Stages.Skip(1)], expected);
        Ops.Probe = new SiteProbe { Replace = "codebook.0.codes", With = column => column.Clear() };
        quantiser.Quantise(Ops, Ops.Input(x, 7, OperatorsUnderTest.Width), 3, codes);
        Assert.Equal(Enumerable.Range(0, 21).Select(i => i % 3 == 0 ? 0 : expected[i / 3 * 2 + i % 3 - 1]), codes);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void AStageWhoseEntriesAreZeroedIsAbsent(bool factorised)
    {
        var quantiser = Quantiser(factorised);
        var (x, codes, without) = (OperatorsUnderTest.Random(7, 1), new int[21], new int[14]);
        var expected = Ops.Quantise(Ops.Input(x, 7, OperatorsUnderTest.Width), [quantiser.Stages[0], quantiser.Stages[2]], without).Span.ToArray();
        Ops.Probe = new SiteProbe { Replace = "codebook.1", With = entries => entries.Clear() };
        Assert.Equal(expected, quantiser.Quantise(Ops, Ops.Input(x, 7, OperatorsUnderTest.Width), 3, codes).Span.ToArray());
        Assert.Equal(without, codes.Where((_, i) => i % 3 != 1));
    }

    [Theory, InlineData(16f), InlineData(-1f), InlineData(0.5f), InlineData(float.NaN)]
    public void WhatIsNoEntryIsRefused(float code)
    {
        Ops.Probe = new SiteProbe { Replace = "codebook.2.codes", With = column => column.Row(4)[0] = code };
        var quantiser = Quantiser(factorised: false);
        var x = Ops.Input(OperatorsUnderTest.Random(7, 1), 7, OperatorsUnderTest.Width);
        var error = Assert.Throws<InvalidOperationException>(() => quantiser.Quantise(Ops, x, 3, new int[21]));
        Assert.Contains("row 4 of codebook.2.codes; allowed: 0…15", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => quantiser.Decode(Ops, new int[21], 3));
    }

    [Fact]
    public void ARowThatDoesNotUseAStageKeepsNoEntry()
    {
        var quantiser = Quantiser(factorised: true);
        int[] depths = [1, 2, 3, 3, 2, 1, 1];
        var (x, plain, codes) = (OperatorsUnderTest.Random(7, 1), new int[21], new int[21]);
        var expected = quantiser.Quantise(Ops, Ops.Input(x, 7, OperatorsUnderTest.Width), 3, plain, depths).Span.ToArray();
        Ops.Probe = new SiteProbe { Replace = "codebook.2.codes", With = column => Assert.Equal([-1, -1], [column.Row(0)[0], column.Row(6)[0]]) };
        Assert.Equal(expected, quantiser.Quantise(Ops, Ops.Input(x, 7, OperatorsUnderTest.Width), 3, codes, depths).Span.ToArray());
        Assert.Equal(plain, codes);
    }

    /// <summary>Our codec in pieces, as a stream is encoded: codes set by a probe are returned.</summary>
    [Fact]
    public void AStreamHasTheCodesThatAProbePuts()
    {
        var model = new FrameCodecModel(FrameCodecModelTests.Forms["as in the recipe"], Weights);
        using var encoding = new CodecEncoding(model, Ops, 2);
        Ops.Probe = new SiteProbe { Replace = "codebook.1.codes", With = column => column.Fill(5) };
        var sound = Sound(Samples);
        int[] codes = [.. encoding.Add(sound.AsSpan(..150)).Concat(encoding.Add(sound.AsSpan(150..), ends: true)).SelectMany(frames => frames.Codes)];
        Assert.Equal(20, codes.Length);
        Assert.All(codes.Where((_, i) => i % 2 == 1), code => Assert.Equal(5, code));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void AQuantiserAllocatesNothingWhetherSomebodyListensOrNot(bool factorised)
    {
        var quantiser = Quantiser(factorised);
        var (values, codes) = (OperatorsUnderTest.Random(7, 1), new int[21]);
        foreach (var probe in new[] { null, new SiteProbe { Replace = "another" }, new SiteProbe { Replace = "codebook.1.codes" }, new SiteProbe { Replace = "codebook.1" } })
        {
            Ops.Probe = probe;
            Quantise();
            Allocation.AssertNone(50, Quantise);
        }

        void Quantise()
        {
            Ops.Reset();
            quantiser.Quantise(Ops, Ops.Input(values, 7, OperatorsUnderTest.Width), 3, codes);
        }
    }

    private ResidualQuantiser Quantiser(bool factorised) => factorised
        ? ResidualQuantiser.Factorised(Weights, 3, 16, 4, OperatorsUnderTest.Width)
        : ResidualQuantiser.Euclidean(Weights, 3, 16, OperatorsUnderTest.Width);

    private static float[] Sound(int count) => OperatorsUnderTest.Random(count / OperatorsUnderTest.Width + 1, 1)[..count];

    private static (FrameCodecModel? Ours, CodecModel? Published) New(string form, IWeights weights) =>
        FrameCodecModelTests.Forms.TryGetValue(form, out var ours) ? (new FrameCodecModel(ours, weights), null) : (null, new CodecModel(CodecModelTests.Forms[form], weights));

    private float[] Decoded(string form, int[] codes)
    {
        Ops.Reset();
        var (ours, published) = New(form, Weights);
        var rows = Layout.Of(codes.Length / 2);
        return ours is not null
            ? ours.Decoder.Forward(Ops, ours.Quantiser.Decode(Ops, codes, 2), ref rows).Span.ToArray()
            : published!.Decode(Ops, published.Frames(Ops, codes, 2), ref rows).Span.ToArray();
    }

    private static string[] Pass<T>(string form, IOps<T> ops, IWeights weights, out int[] codes)
    {
        var (ours, published) = New(form, weights);
        var channels = published?.Config.AudioChannels ?? 1;
        var (rows, sound) = (Layout.Of(Samples), ops.Input(Sound(Samples * channels), Samples, channels));
        var frames = ours is not null ? ours.Encoder.Forward(ops, sound, ref rows) : published!.Encode(ops, sound, ref rows);
        codes = new int[2 * rows.Rows];
        frames = ours is not null ? ours.Quantiser.Quantise(ops, frames, 2, codes) : published!.Quantise(ops, frames, 2, codes);
        _ = ours is not null ? ours.Decoder.Forward(ops, frames, ref rows) : published!.Decode(ops, frames, ref rows);
        return [.. (ours?.Sites ?? published!.Sites).Select(site => site.Name)];
    }
}
