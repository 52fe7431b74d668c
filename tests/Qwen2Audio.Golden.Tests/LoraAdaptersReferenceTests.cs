using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Low-rank adapters on a frozen model as peft trains and applies them: fixtures/training-lora*.</summary>
public sealed class LoraAdaptersReferenceTests
{
    public static TheoryData<string, bool> Folders()
    {
        var data = new TheoryData<string, bool>();
        foreach (var folder in Fixtures.Folders("training-lora", "expected.json"))
        {
            data.Add(folder, true);
            data.Add(folder, false);
        }

        if (!data.Any()) data.Add("", true);
        return data;
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Losses_gradients_and_final_adapters_are_the_references(string folder, bool mapped)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-lora"));
        using var recorded = new LoraRecording(folder);
        using var model = new AdaptedModel(recorded, mapped, "adapter-initial");
        var adapter = model.Adapters.Active!;
        Assert.All(model.Parameters.Parameters.Where(parameter => !parameter.Trained), parameter => Assert.True(parameter.Gradient.IsNull));
        var optimizer = recorded.Expected.GetProperty("optimizer");
        var options = new AdamWOptions(
            optimizer.GetProperty("betas")[0].GetDouble(), optimizer.GetProperty("betas")[1].GetDouble(), optimizer.GetProperty("eps").GetDouble(),
            optimizer.GetProperty("weight_decay").GetDouble(), optimizer.GetProperty("max_gradient_norm").GetDouble());
        var adam = new AdamWOptimizer(model.Parameters, options, model.Pool);
        var perStep = recorded.Expected.GetProperty("per_step");
        for (var step = 0; step < recorded.Expected.GetProperty("steps").GetInt32(); step++)
        {
            var (ids, targets, rows) = recorded.Batch(recorded.Expected.GetProperty("batch_of_step")[step].GetInt32());
            model.Parameters.Gradients.Clear();
            var loss = CrossEntropyLoss.Add(model.Ops, model.Logits(ids, rows), targets);
            model.Ops.Backward();
            var norm = adam.GradientNorm();
            Close("loss", step, loss);
            Close("gradient_norm", step, norm);
            if (step == 0)
                foreach (var (name, parameter) in adapter.Parameters)
                    Numbers.Near($"gradient of {name}", recorded.File.ReadFloats("grad." + name), parameter.Gradient.Span, recorded.Tolerance("gradient"));
            adam.Update(perStep.GetProperty("learning_rate")[step].GetDouble(), norm);
        }

        using var initial = recorded.Adapter("adapter-initial");
        using var final = recorded.Adapter("adapter-final");
        foreach (var (name, parameter) in adapter.Parameters)
        {
            var (end, start) = (final.Source.ReadFloats(name), initial.Source.ReadFloats(name));
            Numbers.Near(name, end, parameter.Value.Span, recorded.Tolerance("final_weights"));
            var update = Differences.Distance(parameter.Value.Span, end) / Differences.Distance(end, start);
            Assert.True(update <= recorded.Tolerance("final_update"), $"{name}: update off by {update:e2}");
        }

        void Close(string name, int step, double actual)
        {
            var wanted = perStep.GetProperty(name)[step].GetDouble();
            var difference = Math.Abs(actual - wanted) / Math.Abs(wanted);
            Assert.True(difference <= recorded.Tolerance(name), $"{name} of step {step + 1}: {actual}, {wanted} expected ({difference:e2})");
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Logits_with_each_adapter_are_the_references(string folder, bool mapped)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-lora"));
        using var recorded = new LoraRecording(folder);
        using var model = new AdaptedModel(recorded, mapped, "adapter-initial", "adapter-final", "adapter-second");
        var ids = recorded.File.ReadInt32s("probe_ids");
        foreach (var adapter in model.Adapters.All.Append(null).Reverse())
        {
            model.Adapters.Active = adapter;
            var name = adapter is null ? "base" : adapter.Name.Replace('-', '_');
            var logits = model.Logits(ids, Layout.Of(ids.Length));
            Numbers.Near(name, recorded.File.ReadFloats($"logits.{name}"), logits.Value.Span, recorded.Tolerance("logits"));
            Assert.Equal(adapter is not null, logits.NeedsGradient);
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void An_adapter_is_written_as_it_was_read(string folder, bool mapped)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-lora"));
        using var recorded = new LoraRecording(folder);
        foreach (var name in new[] { "adapter-initial", "adapter-final", "adapter-second" })
        {
            using var model = new AdaptedModel(recorded, mapped, name);
            using var parent = new TemporaryFolder();
            var written = parent[name];
            model.Adapters.Active!.Save(written);
            using var before = recorded.Adapter(name);
            using var after = AdapterFolder.Open(written);
            Assert.Equal(before.Source.Tensors.Keys.Order(StringComparer.Ordinal), after.Source.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (var (tensor, info) in before.Source.Tensors)
            {
                Assert.Equal(info.Shape, after.Source.Tensors[tensor].Shape);
                Assert.Equal(before.Source.ReadFloats(tensor), after.Source.ReadFloats(tensor));
            }

            Assert.True(JsonElement.DeepEquals(Config(before.Path), Config(written)));
        }
    }

    private static JsonElement Config(string folder) => StrictJson.Read(Path.Combine(folder, LoraConfigReader.FileName));
}
