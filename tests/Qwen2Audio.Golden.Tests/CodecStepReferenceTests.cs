using Qwen2Audio.Formats.Json;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Adam steps on a small codec, first for reconstruction, then with discriminators: fixtures/training-codec*.</summary>
public sealed class CodecStepReferenceTests
{
    public static TheoryData<string> Folders() => RecordedRun.Folders("training-codec");

    [Theory]
    [MemberData(nameof(Folders))]
    public void Losses_codes_gradients_and_final_weights_are_the_references(string folder)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-codec"));
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate(folder, "expected.json")));
        var expected = document.RootElement;
        using var recorded = SafetensorsFile.Open(Fixtures.Locate(folder, "expected.safetensors"));
        using var initial = SafetensorsFile.Open(Fixtures.Locate(folder, "initial.safetensors"));
        using var middle = SafetensorsFile.Open(Fixtures.Locate(folder, "after-reconstruction.safetensors"));
        using var final = SafetensorsFile.Open(Fixtures.Locate(folder, "final.safetensors"));
        var tolerances = expected.GetProperty("tolerances");
        double Tolerance(string name) => tolerances.GetProperty(name).GetProperty("tolerance").GetDouble();

        var waveform = recorded.ReadFloats("waveform");
        var batch = (int)recorded.Tensors["waveform"].Shape[0];
        var reconstructionSteps = expected.GetProperty("reconstruction_steps").GetInt32();
        var steps = reconstructionSteps + expected.GetProperty("adversarial_steps").GetInt32();
        using var task = ConfigObject.Read(Fixtures.Locate(folder, "config.json"), json => new RecordedCodecTask(json, waveform, batch, reconstructionSteps, steps,
            Optimizer(expected.GetProperty("optimizer")), Optimizer(expected.GetProperty("discriminator_optimizer"))));
        ParameterSet[] both = [task.Codec.Parameters, task.Discriminators.Parameters];
        foreach (var set in both)
            foreach (var parameter in set.Parameters) initial.ReadFloats(parameter.Name, parameter.Value.Span);
        Assert.Equal(initial.Tensors.Keys.Order(), both.SelectMany(set => set.Parameters).Select(parameter => parameter.Name).Order());
        for (var i = 0; i < task.MelScales.Count; i++) Numbers.Near($"mel.{i}", recorded.ReadFloats($"mel.{i}"), task.MelScales[i].Filters, 5e-6);

        var codes = recorded.ReadInt64s("codes");
        Assert.Equal(steps, recorded.Tensors["codes"].Shape[0]);
        using var folderOfRun = new TemporaryFolder();
        using var run = RunFolder.Open(Path.Combine(folderOfRun, "run"));
        new TrainingLoop(task, run, new LoopOptions { SaveEvery = steps }).Run(Compare);

        foreach (var parameter in both.SelectMany(set => set.Parameters))
            Numbers.Near(parameter.Name, final.ReadFloats(parameter.Name), parameter.Value.Span, Tolerance("final_weights"));
        CheckUpdates("final_update", both, final, initial);

        void Compare(StepReport report)
        {
            var step = (int)report.Step - 1;
            var (made, frames) = (task.Output, task.Output.Latent.Value.Rows / batch);
            Assert.Equal(codes.AsSpan(step * made.Codes.Length, made.Codes.Length).ToArray(), Ordered(made.Codes, batch, frames));
            var codec = report.Stages[^1];
            Close("loss", step, step, codec.Losses.Total, Tolerance("loss"));
            foreach (var (name, part) in (ReadOnlySpan<(string, string)>)[("waveform_loss", "waveform"), ("mel_loss", "dac_mel"), ("commitment_loss", "commitment"), ("codebook_loss", "codebook")])
                Close(name, step, step, Part(codec, part), Tolerance("loss"));
            Close("gradient_norm", step, step, codec.GradientNorm, Tolerance("gradient_norm"));
            if (step == 0)
            {
                CheckGradients("grad.", [task.Codec.Parameters], Tolerance("gradient"));
                Numbers.Near("reconstruction", recorded.ReadFloats("reconstruction"), made.Sound.Value.Span, Tolerance("reconstruction"));
                var latent = recorded.ReadFloats("latent"); // [batch, dimension, frames]
                Numbers.Near("latent", Turned(latent, batch, made.Latent.Value.Columns, frames), made.Latent.Value.Span, Tolerance("reconstruction"));
            }

            if (step == reconstructionSteps - 1) CheckUpdates("reconstruction_phase_update", [task.Codec.Parameters], middle, initial);
            Assert.Equal(step < reconstructionSteps ? 1 : 2, report.Stages.Count);
            if (step < reconstructionSteps) return;
            var index = step - reconstructionSteps;
            Close("discriminator_loss", index, step, report.Stages[0].Losses.Total, Tolerance("loss"));
            Close("discriminator_gradient_norm", index, step, report.Stages[0].GradientNorm, Tolerance("gradient_norm"));
            Close("feature_matching_loss", index, step, Part(codec, "feature_matching"), Tolerance("loss"));
            var said = expected.GetProperty("per_step").GetProperty("adversarial_loss")[index].GetDouble();
            Assert.InRange(Math.Abs(Part(codec, "adversarial") - said), 0, Tolerance("adversarial_loss_absolute"));
            if (index == 0) CheckGradients("adversarial.grad.", both, Tolerance("adversarial_gradient"));
        }

        void Close(string name, int index, int step, double actual, double tolerance)
        {
            var wanted = expected.GetProperty("per_step").GetProperty(name)[index].GetDouble();
            var difference = Math.Abs(actual - wanted) / Math.Abs(wanted);
            Assert.True(difference <= tolerance, $"{name} of step {step + 1}: {actual}, {wanted} expected ({difference:e2} over {tolerance:e2})");
        }

        void CheckGradients(string prefix, ParameterSet[] sets, double tolerance)
        {
            foreach (var parameter in sets.SelectMany(set => set.Parameters))
                Numbers.Near(prefix + parameter.Name, recorded.ReadFloats(prefix + parameter.Name), parameter.Gradient.Span, tolerance);
        }

        void CheckUpdates(string name, ParameterSet[] sets, SafetensorsFile end, SafetensorsFile start)
        {
            foreach (var parameter in sets.SelectMany(set => set.Parameters))
            {
                var (wanted, before) = (end.ReadFloats(parameter.Name), start.ReadFloats(parameter.Name));
                var update = Differences.Distance(parameter.Value.Span, wanted) / Differences.Distance(wanted, before);
                Assert.True(update <= Tolerance(name), $"{name} of {parameter.Name}: off by {update:e2}, {Tolerance(name):e2} is allowed");
            }
        }
    }

    private static double Part(StageReport stage, string name) => stage.Losses.Parts.Single(part => part.Name == name).Value;

    /// <summary>[rows, stages] → [batch, stages, frames].</summary>
    private static long[] Ordered(int[] codes, int batch, int frames)
    {
        var stages = codes.Length / (batch * frames);
        var ordered = new long[codes.Length];
        for (var row = 0; row < batch * frames; row++)
            for (var s = 0; s < stages; s++) ordered[(row / frames * stages + s) * frames + row % frames] = codes[row * stages + s];
        return ordered;
    }

    /// <summary>[batch, rows, columns] → [batch, columns, rows].</summary>
    private static float[] Turned(float[] values, int batch, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (b, r, c) = (i / (rows * columns), i / columns % rows, i % columns);
            turned[(b * columns + c) * rows + r] = values[i];
        }

        return turned;
    }

    private static (AdamWOptions Options, double Rate) Optimizer(JsonElement json)
    {
        Assert.Equal("Adam", json.GetProperty("type").GetString());
        var (betas, clip) = (json.GetProperty("betas"), json.GetProperty("max_gradient_norm"));
        var options = new AdamWOptions(
            betas[0].GetDouble(), betas[1].GetDouble(), json.GetProperty("eps").GetDouble(), json.GetProperty("weight_decay").GetDouble(),
            clip.ValueKind == JsonValueKind.Null ? 0 : clip.GetDouble());
        return (options, json.GetProperty("learning_rate").GetDouble());
    }
}
