using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Golden.Tests;

/// <summary>The reference's CTC losses and gradients: fixtures/training-ctc*.</summary>
public sealed class CtcLossReferenceTests
{
    public static TheoryData<string, int> Cases()
    {
        var data = new TheoryData<string, int>();
        foreach (var folder in Fixtures.Folders("training-ctc", "expected.json"))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate(folder, "expected.json")));
            for (var i = 0; i < document.RootElement.GetProperty("cases").GetArrayLength(); i++) data.Add(folder, i);
        }

        if (!data.Any()) data.Add("", -1);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_and_gradients_are_the_references(string folder, int index)
    {
        Assert.SkipWhen(index < 0, Fixtures.MissingReason("training-ctc"));
        using var recorded = SafetensorsFile.Open(Fixtures.Locate(folder, "expected.safetensors"));
        var shape = recorded.Tensors[$"{index}.logits"].Shape;
        var (batch, frames, classes) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        var logits = recorded.ReadFloats($"{index}.logits");
        int[] lengths = [.. recorded.ReadInt64s($"{index}.input_lengths").Select(length => (int)length)];
        var targets = Targets(recorded, index, batch);

        foreach (var mean in new[] { false, true })
        {
            using var pool = new WorkerPool(2);
            using var ops = new TrainingOps(pool);
            ops.Begin();
            var kept = lengths.SelectMany((length, b) => logits.Skip(b * frames * classes).Take(length * classes)).ToArray();
            var rows = Layout.Of(lengths);
            var variable = ops.InputWithGradient(kept, rows.Rows, classes);
            float[] factors = [.. targets.Select(target => mean ? 1f / (batch * Math.Max(1, target.Length)) : 1f)];
            var losses = CtcLoss.Add(ops, variable, rows, targets, factors);

            Numbers.Near("losses", recorded.ReadFloats($"{index}.loss"), [.. losses.Select(loss => (float)loss)], 5e-6);
            var total = losses.Zip(factors, (loss, factor) => loss * factor).Sum();
            Numbers.Near("total", recorded.ReadFloats(mean ? $"{index}.loss_mean" : $"{index}.loss_sum"), [(float)total], 5e-6);
            var wanted = recorded.ReadFloats(mean ? $"{index}.grad_mean" : $"{index}.grad_sum");
            var wantedKept = lengths.SelectMany((length, b) => wanted.Skip(b * frames * classes).Take(length * classes)).ToArray();
            Numbers.Near("gradients", wantedKept, variable.Gradient.Span.ToArray(), 2e-4);
        }
    }

    private static int[][] Targets(SafetensorsFile recorded, int index, int batch)
    {
        var all = recorded.ReadInt64s($"{index}.targets");
        var lengths = recorded.ReadInt64s($"{index}.target_lengths");
        var width = all.Length / batch;
        return [.. Enumerable.Range(0, batch).Select(b => all.Skip(b * width).Take((int)lengths[b]).Select(id => (int)id).ToArray())];
    }
}
