using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Training.Data.Conversations;
using Qwen2Audio.Training.Data.Ordering;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Direct preference optimisation compared with the reference: fixtures/training-dpo*.</summary>
public sealed class PreferenceMethodReferenceTests
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
        var pairs = Pairs(run);
        // the last step in micro-batches: what comes out must not depend on it
        var method = new PreferenceMethod(
            ops, policy, reference, parameters, new DpoOptions(run.Expected.GetProperty("beta").GetDouble(), recorded.GetProperty("label_smoothing").GetDouble()),
            new OneRank(), varied: false, step => step == run.Steps - 1 ? [(0, Loaded(pairs[..1])), (1, Loaded(pairs[1..]))] : [(0, Loaded(pairs))]);
        CheckScores(run, "policy_logp", method.Score(policy, pairs));
        CheckScores(run, "reference_logp", method.Score(reference, pairs));
        using var task = RecordedTask.Of(run, parameters, new AdamWOptimizer(parameters, options, pool), method, step =>
        {
            if (step == 0) run.Gradients(parameters, name + ".grad.");
        });
        foreach (var done in task.Run()) CheckStep(run, recorded.GetProperty("per_step"), done);

        run.Update(parameters, initial, final, parameter => parameter.Value);
        foreach (var parameter in held.Parameters) Assert.Equal(frozen.ReadFloats(parameter.Name), parameter.Value.Span.ToArray());
    }

    private static void CheckStep(RecordedRun run, JsonElement perStep, StepReport done)
    {
        double Wanted(string figure) => perStep.GetProperty(figure)[(int)done.Step - 1].GetDouble();
        var figures = done.Parts.ToDictionary(part => part.Name, part => part.Value, StringComparer.Ordinal);
        RecordedRun.Close(Wanted("loss"), done.Loss, run.Tolerance("loss"), $"loss of step {done.Step}");
        foreach (var reward in new[] { "reward_chosen", "reward_rejected", "reward_margin" }) Assert.Equal(Wanted(reward), figures[reward], run.Tolerance("rewards_absolute"));
        Assert.Equal(Wanted("reward_accuracy"), figures["reward_accuracy"], 1e-12);
        RecordedRun.Close(Wanted("learning_rate"), done.Stages[0].LearningRate, 1e-9, "rate");
        RecordedRun.Close(Wanted("gradient_norm"), done.Stages[0].GradientNorm, run.Tolerance("gradient_norm"), $"norm of step {done.Step}");
    }

    private static void CheckScores(RecordedRun run, string name, IReadOnlyList<PairLogProbabilities> scores)
    {
        Numbers.Near(name, run.Tensors.ReadFloats(name + ".chosen"), [.. scores.Select(pair => (float)pair.Chosen)], run.Tolerance("log_probabilities"));
        Numbers.Near(name, run.Tensors.ReadFloats(name + ".rejected"), [.. scores.Select(pair => (float)pair.Rejected)], run.Tolerance("log_probabilities"));
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
        return [.. chosen.Zip(rejected, (good, bad) => (good, bad)).Select((pair, i) => new PreferencePair(i, pair.good, pair.bad))];
    }

    private static LoadedPairs Loaded(PreferencePair[] pairs) => new(
        new LoadedSamples(0, [.. pairs.Select(pair => pair.Chosen)], [.. pairs.Select(pair => new DrawnSample(pair.Number, 0))], []), [.. pairs.Select(pair => pair.Rejected)]);
}
