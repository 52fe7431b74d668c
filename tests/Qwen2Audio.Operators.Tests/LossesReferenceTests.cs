using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Losses and all of their gradients compared with fixtures/operators.</summary>
public sealed class LossesReferenceTests : IDisposable
{
    private static readonly string[] Names = ["mel_loss", "adversarial", "residual_vq", "dac_vq"];
    private readonly WorkerPool _pool = new(2);

    public static TheoryData<string, int> Cases() => OperatorCase.Cases(Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_and_gradients_are_the_references(string name, int index)
    {
        Assert.SkipWhen(index < 0, Fixtures.MissingReason("operators"));
        using var recorded = OperatorCase.Open(name, index, _pool);
        switch (name)
        {
            case "mel_loss": Mel(recorded); break;
            case "adversarial": Adversarial(recorded); break;
            case "residual_vq": QuantiserCase.Residual(recorded); break;
            case "dac_vq": QuantiserCase.Factorised(recorded); break;
            default: Assert.Fail(name); break;
        }
    }

    [Fact]
    public void A_mel_filter_bank_is_the_recorded_one()
    {
        var cases = OperatorCase.Indices("mel_loss").ToList();
        Assert.SkipWhen(cases.Count == 0, Fixtures.MissingReason("operators", "mel_loss.safetensors"));
        foreach (var index in cases)
        {
            using var recorded = OperatorCase.Open("mel_loss", index, _pool);
            var rate = recorded.Settings.GetProperty("sampling_rate").GetInt32();
            foreach (var (scale, i) in Scales(recorded).Select((scale, i) => (scale, i)))
            {
                var filters = MelLossScale.Slaney(rate, scale.Window, scale.Bins).Filters;
                for (var k = 0; k < filters.Length; k++) Assert.Equal(scale.Filters[k], filters[k], 2e-6f);
            }
        }
    }

    public void Dispose() => _pool.Dispose();

    private static IEnumerable<MelLossScale> Scales(OperatorCase recorded)
    {
        var windows = recorded.Settings.GetProperty("windows").EnumerateArray().Select(window => window.GetInt32());
        return windows.Select((window, i) => new MelLossScale(window, recorded.Shape($"mel.{i}")[0], recorded.Floats($"mel.{i}")));
    }

    private static void Mel(OperatorCase recorded)
    {
        var (x, y) = (recorded.Input("x"), recorded.Input("y"));
        var loss = new MelLoss([.. Scales(recorded)]).Add(recorded.Ops, x, y, recorded.Floats("upstream.loss")[0]);
        recorded.CheckOutput("loss", loss);
        recorded.CheckGradient("x", x);
        recorded.CheckGradient("y", y);
    }

    private static void Adversarial(OperatorCase recorded)
    {
        var form = (recorded.Settings.GetProperty("kind").GetString(), recorded.Settings.GetProperty("generator").GetString()) switch
        {
            ("hinge", "linear") => AdversarialForm.Hinge,
            ("hinge", "clipped") => AdversarialForm.ClippedHinge,
            ("least_squares", _) => AdversarialForm.LeastSquares,
            var other => throw new InvalidOperationException($"{other}"),
        };
        var relative = recorded.Settings.GetProperty("feature_matching").GetString() == "relative";
        var discriminators = Enumerable.Range(0, recorded.Settings.GetProperty("discriminators").GetInt32()).ToList();
        var layers = Enumerable.Range(0, recorded.Settings.GetProperty("layers").GetInt32()).ToList();
        var inputs = discriminators
            .SelectMany(i => layers.SelectMany(j => (string[])[$"real_features.{i}.{j}", $"fake_features.{i}.{j}"]).Concat([$"real.{i}", $"fake.{i}"]))
            .ToDictionary(name => name, recorded.Input);
        List<Variable> Scores(string name) => [.. discriminators.Select(i => inputs[$"{name}.{i}"])];
        List<List<Variable>> Features(string name) => [.. discriminators.Select(i => layers.Select(j => inputs[$"{name}.{i}.{j}"]).ToList())];

        recorded.CheckOutput("discriminator", AdversarialLoss.AddDiscriminator(
            recorded.Ops, Scores("real"), Scores("fake"), form, recorded.Floats("upstream.discriminator")[0]));
        recorded.CheckOutput("generator", AdversarialLoss.AddGenerator(
            recorded.Ops, Scores("fake"), form, recorded.Floats("upstream.generator")[0]));
        recorded.CheckOutput("feature_matching", FeatureMatchingLoss.Add(
            recorded.Ops, Features("real_features"), Features("fake_features"), relative, recorded.Floats("upstream.feature_matching")[0]));
        foreach (var (name, variable) in inputs) recorded.CheckGradient(name, variable);
    }
}
