using System.Text.Json;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics;
using Qwen2Audio.Testing;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Steps of AdamW on a Qwen2-MoE model as the reference made them: fixtures/training-qwen2-moe*.</summary>
public sealed class RecordedTraining
{
    public static TheoryData<string> Folders()
    {
        var data = new TheoryData<string>();
        foreach (var folder in Fixtures.Folders("training-qwen2-moe", "expected.json")) data.Add(folder);
        if (!data.Any()) data.Add("");
        return data;
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Losses_gradients_and_final_weights_are_the_references(string folder)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-qwen2-moe"));
        using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate(folder, "expected.json")));
        var expected = document.RootElement;
        using var recorded = SafetensorsFile.Open(Fixtures.Locate(folder, "expected.safetensors"));
        using var initial = CheckpointFolder.Open(Fixtures.Locate(folder, "initial"));
        using var final = CheckpointFolder.Open(Fixtures.Locate(folder, "final"));
        var config = ModelConfigReader.ReadQwen2(initial.Config);

        using var pool = new WorkerPool(2);
        using var parameters = new ParameterSet();
        var model = new Qwen2Model(config, parameters.Weights);
        parameters.Allocate(_ => true);
        foreach (var parameter in parameters.Parameters) initial.ReadFloats(parameter.Name, parameter.Value.Span);
        using var ops = new TrainingOps(pool);
        var (optimizer, schedule, rate) = Optimizer(expected.GetProperty("optimizer"), parameters, pool);
        var batch = RecordedBatch.Read(recorded);
        var perStep = expected.GetProperty("per_step");
        var tolerances = expected.GetProperty("tolerances");
        double Tolerance(string name) => tolerances.GetProperty(name).GetProperty("tolerance").GetDouble();

        for (var step = 0; step < expected.GetProperty("steps").GetInt32(); step++)
        {
            parameters.Gradients.Clear();
            ops.Begin();
            var hidden = model.Hidden(ops, model.Embed(ops, batch.Ids), batch.Rows);
            var logits = model.Logits(ops, hidden);
            var language = CrossEntropyLoss.Add(ops, logits, batch.Targets);
            var coefficient = config.Moe!.RouterAuxLossCoef;
            var balance = RouterLosses.AddBalance(ops, ops.RoutedLayers, coefficient: (float)coefficient);
            ops.Backward();
            var norm = optimizer.GradientNorm();
            var used = rate * schedule.Factor(step);

            Close("language_model_loss", step, language, Tolerance("language_model_loss"));
            Close("balance_loss", step, balance, Tolerance("balance_loss"));
            Close("loss", step, language + coefficient * balance, Tolerance("loss"));
            Close("gradient_norm", step, norm, Tolerance("gradient_norm"));
            Close("learning_rate", step, used, 1e-9);
            if (step == 0) CheckFirstStep(recorded, parameters, logits.Value, batch, Tolerance("gradient"));
            optimizer.Update(used, norm);
        }

        foreach (var parameter in parameters.Parameters)
        {
            var (end, start) = (Floats(final, parameter.Name), Floats(initial, parameter.Name));
            var update = Math.Sqrt(SquaredDistance(parameter.Value.Span, end) / SquaredDistance(end, start));
            var bound = Tolerance(parameter.Name.EndsWith("k_proj.bias", StringComparison.Ordinal) ? "final_update_k_proj_bias" : "final_update");
            Assert.True(update <= bound, $"{parameter.Name}: update off by {update:e2}, {bound:e2} is allowed");
        }

        void Close(string name, int step, double actual, double tolerance)
        {
            var wanted = perStep.GetProperty(name)[step].GetDouble();
            var difference = wanted == 0 ? Math.Abs(actual) : Math.Abs(actual - wanted) / Math.Abs(wanted);
            Assert.True(difference <= tolerance, $"{name} of step {step + 1}: {actual}, {wanted} expected ({difference:e2} over {tolerance:e2})");
        }
    }

    private static void CheckFirstStep(SafetensorsFile recorded, ParameterSet parameters, Matrix logits, RecordedBatch batch, double tolerance)
    {
        foreach (var parameter in parameters.Parameters)
        {
            var wanted = Floats(recorded, "grad." + parameter.Name);
            var norm = SquaredDistance(wanted, new float[wanted.Length]);
            var difference = Math.Sqrt(SquaredDistance(parameter.Gradient.Span, wanted) / norm);
            Assert.True(norm == 0 ? SquaredDistance(parameter.Gradient.Span, wanted) == 0 : difference <= tolerance,
                $"gradient of {parameter.Name}: off by {difference:e2}, {tolerance:e2} is allowed");
        }

        if (!recorded.Tensors.ContainsKey("logits")) return;
        var all = Floats(recorded, "logits");
        for (var row = 0; row < batch.Places.Length; row++)
            for (var c = 0; c < logits.Columns; c++)
                Assert.Equal(all[batch.Places[row] * logits.Columns + c], logits.Row(row)[c], 2e-4);
    }

    private static (AdamWOptimizer Optimizer, Schedule Schedule, double Rate) Optimizer(JsonElement json, ParameterSet parameters, WorkerPool pool)
    {
        double Number(string name) => json.GetProperty(name).GetDouble();
        var betas = json.GetProperty("betas");
        var options = new AdamWOptions(
            betas[0].GetDouble(), betas[1].GetDouble(), Number("eps"), Number("weight_decay"), Number("max_gradient_norm"));
        var shape = json.GetProperty("schedule");
        var type = Enum.Parse<ScheduleType>(shape.GetProperty("type").GetString()!, ignoreCase: true);
        var schedule = new Schedule(type, shape.GetProperty("num_warmup_steps").GetInt32(), shape.GetProperty("num_training_steps").GetInt32());
        return (new AdamWOptimizer(parameters, options, pool), schedule, Number("learning_rate"));
    }

    private static float[] Floats(ITensorSource source, string name) => source.ReadFloats(name);

    private static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Assert.Equal(a.Length, b.Length);
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }
}
