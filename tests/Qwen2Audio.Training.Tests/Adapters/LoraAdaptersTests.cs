using Qwen2Audio.Checkpoints.Adapters;

namespace Qwen2Audio.Training.Tests.Adapters;

/// <summary>Adapters on every projection of a mixture of experts, whose weights stay in bfloat16.</summary>
public sealed class LoraAdaptersTests : IDisposable
{
    private static readonly LoraConfig AllLinear = new() { R = 3, LoraAlpha = 5, UseRslora = true, TargetModules = ModuleSelector.Matching("all-linear") };
    private readonly TinyMoe _tiny = new();

    [Theory]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(1 << 20)]
    public void Weights_in_their_stored_type_give_the_bits_of_float32(long widened)
    {
        using var mapped = new AdaptedMoe(_tiny, AllLinear, mapped: true, widened);
        using var copied = new AdaptedMoe(_tiny, AllLinear, mapped: false);
        Assert.True(mapped.Parameters["model.layers.1.mlp.experts.2.up_proj.weight"].IsStored);
        Assert.Equal(copied.Step(), mapped.Step());
        foreach (var ((name, one), (_, two)) in mapped.Adapter.Parameters.Zip(copied.Adapter.Parameters))
            Assert.True(one.Gradient.Span.SequenceEqual(two.Gradient.Span), name);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Gradients_are_those_of_finite_differences(double dropout)
    {
        // with all experts chosen the loss has no jumps
        using var model = new AdaptedMoe(_tiny, AllLinear with { LoraDropout = dropout }, mapped: true, expertsPerToken: TinyMoe.Config.Moe!.NumExperts);
        model.Step();
        var gradients = model.Adapter.Parameters.ToDictionary(parameter => parameter.Parameter, parameter => parameter.Parameter.Gradient.Span.ToArray());
        foreach (var (name, parameter) in model.Adapter.Parameters)
        {
            var gradient = gradients[parameter];
            var norm = Math.Sqrt(gradient.Sum(value => (double)value * value));
            Assert.True(norm > 0, name);
            var start = parameter.Value.Span.ToArray();
            double Loss(double step)
            {
                for (var i = 0; i < start.Length; i++) parameter.Value.Span[i] = (float)(start[i] + step * gradient[i] / norm);
                var loss = model.Step();
                start.CopyTo(parameter.Value.Span);
                return loss;
            }

            const double step = 1e-2;
            var measured = (8 * (Loss(step) - Loss(-step)) - (Loss(2 * step) - Loss(-2 * step))) / (12 * step);
            Assert.True(Math.Abs(measured - norm) <= 2e-2 * norm + 2e-5, $"{name}: {measured}, {norm} by the backward pass");
        }
    }

    [Fact]
    public void Nothing_is_propagated_below_the_first_adapter()
    {
        using var model = new AdaptedMoe(_tiny, AllLinear with { TargetModules = ModuleSelector.Matching(@".*layers\.1\.self_attn\.[qv]_proj") }, mapped: true);
        Assert.Equal(4, model.Adapter.Parameters.Count());
        model.Step();
        Assert.False(model.Embedded!.NeedsGradient);
        Assert.True(model.Embedded.Gradient.IsNull);
        Assert.False(model.Ops.RoutedLayers[0].Logits.NeedsGradient);
        Assert.True(model.Ops.RoutedLayers[1].Logits.NeedsGradient);
        Assert.All(model.Adapter.Parameters, parameter => Assert.Contains(parameter.Parameter.Gradient.Span.ToArray(), value => value != 0));
    }

    [Fact]
    public void A_frozen_parameter_has_no_room_for_a_gradient_and_cannot_be_trained_later()
    {
        using var model = new AdaptedMoe(_tiny, AllLinear, mapped: true);
        var weight = model.Parameters["lm_head.weight"];
        Assert.True(weight.Gradient.IsNull);
        Assert.Throws<InvalidOperationException>(() => weight.Trained = true);
        Assert.Throws<InvalidOperationException>(() => weight.Value);
        Assert.Equal(model.Adapter.Count, model.Parameters.TrainedCount);
        Assert.InRange(model.Parameters.Values.Columns, model.Adapter.Count, model.Adapter.Count + 16 * model.Adapter.Parameters.Count());
    }

    [Fact]
    public void A_new_adapter_changes_nothing_at_first_and_follows_from_its_seed()
    {
        using var model = new AdaptedMoe(_tiny, AllLinear, mapped: true);
        model.Adapter.Initialise(seed: 1);
        var first = Values();
        var adapted = model.Step();
        model.Adapters.Active = null;
        Assert.Equal(model.Step(), adapted);
        model.Adapter.Initialise(seed: 1);
        Assert.Equal(first, Values());
        model.Adapter.Initialise(seed: 2);
        Assert.NotEqual(first, Values());
        foreach (var (name, parameter) in model.Adapter.Parameters)
        {
            var largest = parameter.Value.Span.ToArray().Max(Math.Abs);
            if (name.Contains("lora_B", StringComparison.Ordinal)) Assert.Equal(0, largest);
            else Assert.InRange(largest, 0.5 / Math.Sqrt(parameter.Shape[1]), 1 / Math.Sqrt(parameter.Shape[1]));
        }

        float[] Values() => [.. model.Adapter.Parameters.SelectMany(parameter => parameter.Parameter.Value.Span.ToArray())];
    }

    public void Dispose() => _tiny.Dispose();
}
