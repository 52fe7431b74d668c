using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Upcycling;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Worked examples of upcycling with given permutations: fixtures/upcycling*, statements 1, 2, 3 and 5 of its README.</summary>
public sealed class UpcyclerReferenceTests
{
    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var folder in Fixtures.Folders("upcycling", "expected.json"))
            foreach (var example in Expected(folder).GetProperty("cases").EnumerateObject()) data.Add(folder, example.Name);
        if (!data.Any()) data.Add("", "");
        return data;
    }

    [Fact]
    public void Copies_and_surplus_are_counted_as_recorded()
    {
        Assert.SkipUnless(Fixtures.Has("upcycling", "expected.json"), Fixtures.MissingReason("upcycling"));
        foreach (var row in Expected("upcycling").GetProperty("copies").EnumerateArray())
        {
            int Of(string name) => row.GetProperty(name).GetInt32();
            var (experts, width, ffn) = (Of("experts"), Of("expert_width"), Of("ffn_width"));
            Assert.Equal(Of("copies"), NeuronAssignment.Copies(experts, width, ffn));
            Assert.Equal(Of("discarded_neurons"), NeuronAssignment.Discarded(experts, width, ffn));
            var across = Enumerable.Range(0, experts).Count(e => (long)e * width / ffn != (((long)e + 1) * width - 1) / ffn);
            Assert.Equal(Of("experts_across_two_copies"), across);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Experts_take_the_recorded_neurons_and_add_up_to_the_recorded_sums(string folder, string name)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("upcycling"));
        var expected = Expected(folder);
        using var recorded = SafetensorsFile.Open(Fixtures.Locate(folder, "expected.safetensors"));
        using var dense = CheckpointFolder.Open(Fixtures.Locate(folder, "dense"));
        var config = ModelConfigReader.ReadQwen2(dense.Config);
        var example = expected.GetProperty("cases").GetProperty(name);
        var plans = Enumerable.Range(0, config.NumHiddenLayers).Select(layer => Plan(recorded, example, name, layer, config.IntermediateSize)).ToList();
        for (var layer = 0; layer < plans.Count; layer++)
            Assert.Equal(recorded.ReadInt32s($"{name}.source_neurons.{layer}"), Enumerable.Range(0, plans[layer].Experts).SelectMany(plans[layer].Neurons));

        using var pool = new WorkerPool(2);
        using var ops = new TrainingOps(pool);
        var (x, shape) = (recorded.ReadFloats("x"), recorded.Tensors["x"].Shape);
        for (var layer = 0; layer < plans.Count; layer++)
        {
            using var sum = new UpcycledLayers(config with { NumHiddenLayers = 1 }, dense, [plans[layer]], layer, scale: 1);
            ops.Begin();
            // Σ E_e(x)/n, since the router of zeros gives each of the n experts 1/n
            var y = sum.Experts(ops, ops.Input(x, (int)shape[0], (int)shape[1]));
            float[] total = [.. y.Value.Span.ToArray().Select(value => value * plans[layer].Experts)];
            Numbers.Near($"{name}, layer {layer}", recorded.ReadFloats($"{name}.expert_sum.{layer}"), total, Tolerance("expert_sum"));
        }

        var copies = NeuronAssignment.Copies(plans[0].Experts, example.GetProperty("expert_width").GetInt32(), config.IntermediateSize);
        using var scaled = new UpcycledLayers(config, dense, plans, 0, scale: (float)plans[0].Experts / copies);
        var sequences = recorded.Tensors["input_ids"].Shape;
        ops.Begin();
        var logits = scaled.Logits(ops, recorded.ReadInt32s("input_ids"), Layout.Of([.. Enumerable.Repeat((int)sequences[1], (int)sequences[0])]));
        Numbers.Near(name, recorded.ReadFloats($"{name}.logits_scaled"), logits.Value.Span, Tolerance("logits"));
        if (NeuronAssignment.Discarded(plans[0].Experts, example.GetProperty("expert_width").GetInt32(), config.IntermediateSize) == 0)
            Numbers.Near(name, recorded.ReadFloats("logits"), logits.Value.Span, Tolerance("logits"));

        double Tolerance(string what) => expected.GetProperty("tolerances").GetProperty(what).GetProperty("tolerance").GetDouble();
    }

    internal static JsonElement Expected(string folder) => StrictJson.Read(Fixtures.Locate(folder, "expected.json"));

    private static NeuronAssignment Plan(SafetensorsFile recorded, JsonElement example, string name, int layer, int ffn)
    {
        var all = recorded.ReadInt32s($"{name}.permutations.{layer}");
        return new NeuronAssignment(example.GetProperty("experts").GetInt32(), example.GetProperty("expert_width").GetInt32(), ffn, [.. all.Chunk(ffn)]);
    }
}
