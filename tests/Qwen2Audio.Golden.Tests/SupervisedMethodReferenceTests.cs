using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Golden.Tests;

/// <summary>
/// AdamW steps on Qwen2 models compared with the reference: fixtures/training-qwen2-moe* (one padded batch, router losses) and
/// fixtures/training-qwen2-dense* (packed documents, accumulation, decay groups, weight average).
/// </summary>
public sealed class SupervisedMethodReferenceTests
{
    public static TheoryData<string> Sparse() => RecordedRun.Folders("training-qwen2-moe");

    public static TheoryData<string> Dense() => RecordedRun.Folders("training-qwen2-dense");

    [Theory]
    [MemberData(nameof(Sparse))]
    public void Losses_gradients_and_final_weights_are_the_references(string folder)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-qwen2-moe"));
        Follow(folder);
    }

    [Theory]
    [MemberData(nameof(Dense))]
    public void Packing_accumulation_and_average_are_the_references(string folder)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-qwen2-dense"));
        Follow(folder);
    }

    private static void Follow(string folder)
    {
        using var run = new RecordedRun(folder);
        using var initial = CheckpointFolder.Open(Fixtures.Locate(folder, "initial"));
        using var final = CheckpointFolder.Open(Fixtures.Locate(folder, "final"));
        var config = ModelConfigReader.ReadQwen2(initial.Config);
        var (options, decays) = RecordedRun.Optimizer(run.Expected.GetProperty("optimizer"));

        using var pool = new WorkerPool(2);
        using var parameters = new ParameterSet();
        var model = new Qwen2Model(config, parameters.Weights);
        parameters.Allocate(decays);
        foreach (var parameter in parameters.Parameters) initial.ReadFloats(parameter.Name, parameter.Value.Span);
        using var ops = new TrainingOps(pool);
        using var average = run.Expected.TryGetProperty("average_decay", out var decay)
            ? new WeightAverage(parameters, decay.GetDouble(), pool) : null;
        var optimizer = new AdamWOptimizer(parameters, options, pool) { Average = average };
        var balance = config.Moe?.RouterAuxLossCoef ?? 0;
        TokenBatch[] packed = [];
        var method = new SupervisedMethod(ops, new Qwen2LanguageModel(model), parameters, new LanguageModelLossOptions(balance), new OneRank(),
            _ => [.. packed.Select((batch, i) => (i, new LoadedBatch(batch, [])))]);
        CheckLogits(run, ops, model, Batches(run, 0)[0]);
        using var task = RecordedTask.Of(run, parameters, optimizer, method, step =>
        {
            if (step == 0) run.Gradients(parameters);
        });
        task.Preparing = step =>
        {
            packed = [.. Batches(run, (int)step).Select(batch => TokenBatch.Pack(batch.Documents))];
            CheckMicroBatches(run, method, packed, (int)step);
        };
        foreach (var done in task.Run()) CheckStep(run, done);

        run.Update(parameters, initial, final, parameter => parameter.Value);
        if (average is null) return;
        using var averaged = SafetensorsFile.Open(Fixtures.Locate(folder, "average", "model.safetensors"));
        run.Update(parameters, initial, averaged, average.Of, "average_update");
    }

    private static RecordedBatch[] Batches(RecordedRun run, int step)
    {
        var shape = run.Tensors.Tensors["input_ids"].Shape;
        if (shape.Count == 2) return [RecordedBatch.Read(run.Tensors)];
        var batches = (int)shape[1];
        return [.. Enumerable.Range(0, batches).Select(i => RecordedBatch.Read(run.Tensors, batch: step * batches + i))];
    }

    private static void CheckMicroBatches(RecordedRun run, SupervisedMethod method, TokenBatch[] batches, int s)
    {
        if (!run.Expected.TryGetProperty("micro_batch_loss", out var wanted)) return;
        var totals = StepTotals.Of(batches);
        Assert.Equal(run.Expected.GetProperty("tokens_in_loss")[s].GetInt32(), totals.Weight);
        for (var i = 0; i < batches.Length; i++)
            RecordedRun.Close(
                wanted[s][i].GetDouble(), method.Accumulate(batches[i], totals, seed: 0).Total, run.Tolerance("loss"), $"loss of step {s + 1}, micro-batch {i + 1}");
    }

    private static void CheckStep(RecordedRun run, StepReport done)
    {
        var s = (int)done.Step - 1;
        var losses = done.Parts.ToDictionary(part => part.Name, part => part.Value, StringComparer.Ordinal);
        Assert.True(done.Stages[0].Updated);
        Close(run, "loss", s, done.Loss, run.Tolerance("loss"));
        Close(run, "language_model_loss", s, losses["language"], run.Tolerance(losses.ContainsKey("balance") ? "language_model_loss" : "loss"));
        if (losses.TryGetValue("balance", out var balance)) Close(run, "balance_loss", s, balance, run.Tolerance("balance_loss"));
        Close(run, "gradient_norm", s, done.Stages[0].GradientNorm, run.Tolerance("gradient_norm"));
        Close(run, "learning_rate", s, done.Stages[0].LearningRate, 1e-9);
    }

    private static void CheckLogits(RecordedRun run, TrainingOps ops, Qwen2Model model, RecordedBatch batch)
    {
        if (!run.Tensors.Tensors.ContainsKey("logits")) return;
        var packed = TokenBatch.Pack(batch.Documents);
        ops.Begin();
        var logits = model.Logits(ops, model.Hidden(ops, model.Embed(ops, packed.Ids), packed.Documents)).Value;
        var all = run.Tensors.ReadFloats("logits");
        for (var row = 0; row < batch.Places.Length; row++)
            for (var c = 0; c < logits.Columns; c++)
                Assert.Equal(all[batch.Places[row] * logits.Columns + c], logits.Row(row)[c], 2e-4);
    }

    private static void Close(RecordedRun run, string name, int step, double actual, double tolerance)
    {
        if (!run.Expected.GetProperty("per_step").TryGetProperty(name, out var wanted)) return;
        RecordedRun.Close(wanted[step].GetDouble(), actual, tolerance, $"{name} of step {step + 1}");
    }
}
