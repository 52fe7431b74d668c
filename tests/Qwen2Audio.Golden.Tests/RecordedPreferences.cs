using System.Text.Json;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Testing;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Direct preference optimisation as the reference made it: fixtures/training-dpo*.</summary>
public sealed class RecordedPreferences
{
    public static TheoryData<string, string> Runs()
    {
        var data = new TheoryData<string, string>();
        foreach (var folder in Fixtures.Folders("training-dpo", "expected.json"))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Locate(folder, "expected.json")));
            foreach (var run in document.RootElement.GetProperty("runs").EnumerateObject()) data.Add(folder, run.Name);
        }

        if (!data.Any()) data.Add("", "");
        return data;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Losses_rewards_gradients_and_final_weights_are_the_references(string folder, string name)
    {
        Assert.SkipWhen(folder.Length == 0, Fixtures.MissingReason("training-dpo"));
        using var run = new RecordedRun(folder);
        using var initial = CheckpointFolder.Open(Fixtures.Locate(folder, "policy-initial"));
        using var frozen = CheckpointFolder.Open(Fixtures.Locate(folder, "reference"));
        using var final = SafetensorsFile.Open(Fixtures.Locate(folder, $"final-{name}.safetensors"));
        using var pool = new WorkerPool(2);
        using var ops = new TrainingOps(pool);
        var (options, decays) = RecordedRun.Optimizer(run.Expected.GetProperty("optimizer"));
        using var parameters = new ParameterSet();
        using var held = new ParameterSet();
        var policy = Load(initial, parameters, decays);
        var reference = Load(frozen, held, decays);
        foreach (var parameter in held.Parameters) parameter.Trained = false;
        var recorded = run.Expected.GetProperty("runs").GetProperty(name);
        var step = new PreferenceStep(ops, policy, reference, new DpoOptions(
            run.Expected.GetProperty("beta").GetDouble(), recorded.GetProperty("label_smoothing").GetDouble()));
        var pairs = Pairs(run);
        var schedule = run.Schedule();
        var optimizer = new AdamWOptimizer(parameters, options, pool);
        CheckScores(run, "policy_logp", step.Score(pairs));

        for (var s = 0; s < run.Steps; s++)
        {
            parameters.Gradients.Clear();
            // the last step in micro-batches: what comes out must not depend on it
            var losses = step.Run(s == run.Steps - 1 ? [pairs[..1], pairs[1..]] : [pairs]);
            CheckStep(run, recorded.GetProperty("per_step"), s, losses);
            if (s == 0) CheckScores(run, "reference_logp", [.. pairs.Select(pair => pair.Reference!.Value)]);
            if (s == 0) run.Gradients(parameters, name + ".grad.");
            RecordedRun.Close(recorded.GetProperty("per_step").GetProperty("learning_rate")[s].GetDouble(), schedule.Rate(optimizer.Step), 1e-9, "rate");
            var norm = optimizer.TryUpdate(schedule.Rate(optimizer.Step), losses.Loss).GradientNorm;
            RecordedRun.Close(recorded.GetProperty("per_step").GetProperty("gradient_norm")[s].GetDouble(), norm, run.Tolerance("gradient_norm"), $"norm of step {s + 1}");
        }

        run.Update(parameters, initial, final, parameter => parameter.Value);
        foreach (var parameter in held.Parameters) Assert.Equal(frozen.ReadFloats(parameter.Name), parameter.Value.Span.ToArray());
    }

    private static void CheckStep(RecordedRun run, JsonElement perStep, int s, PreferenceLosses losses)
    {
        double Wanted(string figure) => perStep.GetProperty(figure)[s].GetDouble();
        var absolute = run.Tolerance("rewards_absolute");
        RecordedRun.Close(Wanted("loss"), losses.Loss, run.Tolerance("loss"), $"loss of step {s + 1}");
        Assert.Equal(Wanted("reward_chosen"), losses.RewardChosen, absolute);
        Assert.Equal(Wanted("reward_rejected"), losses.RewardRejected, absolute);
        Assert.Equal(Wanted("reward_margin"), losses.RewardMargin, absolute);
        Assert.Equal(Wanted("reward_accuracy"), losses.RewardAccuracy, 1e-12);
    }

    private static void CheckScores(RecordedRun run, string name, IReadOnlyList<PairLogProbabilities> scores)
    {
        RecordedRun.Close(run.Tensors.ReadFloats(name + ".chosen"), [.. scores.Select(pair => (float)pair.Chosen)], run.Tolerance("log_probabilities"), name);
        RecordedRun.Close(run.Tensors.ReadFloats(name + ".rejected"), [.. scores.Select(pair => (float)pair.Rejected)], run.Tolerance("log_probabilities"), name);
    }

    private static Qwen2LanguageModel Load(CheckpointFolder folder, ParameterSet parameters, Predicate<Parameter> decays)
    {
        var model = new Qwen2Model(ModelConfigReader.ReadQwen2(folder.Config), parameters.Weights);
        parameters.Allocate(decays);
        foreach (var parameter in parameters.Parameters) folder.ReadFloats(parameter.Name, parameter.Value.Span);
        return new Qwen2LanguageModel(model);
    }

    private static PreferencePair[] Pairs(RecordedRun run)
    {
        var chosen = RecordedBatch.Read(run.Tensors, "chosen.").Documents;
        var rejected = RecordedBatch.Read(run.Tensors, "rejected.").Documents;
        return [.. chosen.Zip(rejected, (good, bad) => new PreferencePair(good, bad))];
    }
}
