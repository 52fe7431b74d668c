using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Tests.FineTuning;
using Qwen2Audio.Training.Tests.Runs;

namespace Qwen2Audio.Training.Tests.Distributed;

/// <summary>Gradients of several ranks, without MPI.</summary>
public sealed class MpiRanksTests
{
    [Fact]
    public void A_rank_whose_gradient_is_not_finite_is_known_and_sums_are_begun_in_one_order()
    {
        using var files = new TinyBase();
        var own = new bool[2];
        var poisoned = new bool[2];
        var recipe = Qwen2Audio.Training.FineTuning.FineTuningRecipeFile.Parse(TuningRecipes.Of(files, "dense"), files.Path("recipe.yaml"));
        ThreadRanks.Run(2, ranks =>
        {
            using var model = Qwen2Audio.Training.FineTuning.BaseModel.Open(recipe.Model.Base);
            using var trained = new Qwen2Audio.Training.FineTuning.TrainedModel(model, recipe);
            var parameters = trained.Parameters;
            parameters.Gradients.Clear();
            parameters.Gradients.Span[7] = ranks.Rank == 1 ? float.NaN : 2;
            own[ranks.Rank] = ranks.FinishGradients(parameters);
            poisoned[ranks.Rank] = float.IsNaN(parameters.Gradients.Span[7]);
        });
        Assert.Equal([true, false], own);
        Assert.Equal([true, true], poisoned);
    }

    [Fact]
    public void Ranks_with_other_settings_are_refused_on_every_rank_and_named()
    {
        using var files = new TinyBase();
        var messages = new string[3];
        ThreadRanks.Run(3, ranks =>
        {
            using var task = new MinimalTask(steps: 4, rate: ranks.Rank == 1 ? 0.5 : 0.1);
            using var run = ranks.Rank == 0 ? RunFolder.Open(files.Path("run")) : RunFolder.OpenReadOnly(files.Path("run"));
            messages[ranks.Rank] = Assert.Throws<RanksException>(() => new TrainingLoop(task, run, new LoopOptions(), ranks)).Message;
        });
        Assert.All(messages, message => Assert.StartsWith("Rank 1 has other settings", message, StringComparison.Ordinal));
        Assert.Contains("On rank 1: run.rate: 0.5", messages[1], StringComparison.Ordinal);
        Assert.DoesNotContain("On rank", messages[2], StringComparison.Ordinal);
    }

    [Fact]
    public void What_ranks_compare_holds_settings_program_and_processor()
    {
        using var task = new MinimalTask(steps: 4);
        var facts = RankAgreement.Facts(task).Split('\n');
        Assert.Equal([$"run.program.schedule: {LearningRateSchedule.Convention}", "run.rate: 0.1", $"vector_bits: {VectorWidth.Bits}", $"processor: {VectorWidth.Processor}", $"program: {typeof(RankAgreement).Assembly.ManifestModule.ModuleVersionId}"], facts);
        Assert.Contains("multiply-add", VectorWidth.Processor, StringComparison.Ordinal);
    }

    [Fact]
    public void All_ranks_begin_with_the_weights_moments_and_steps_of_rank_0()
    {
        using var files = new TinyBase();
        using (var task = new MinimalTask(steps: 3))
        using (var run = RunFolder.Open(files.Path("run"))) new TrainingLoop(task, run, new LoopOptions()).Run();
        var (values, updates, steps) = (new float[2][], new long[2], new long[2]);
        ThreadRanks.Run(2, ranks =>
        {
            using var task = new MinimalTask(steps: 4);
            if (ranks.Rank == 1)
                foreach (var (_, block) in task.Stages[0].Blocks()) block.Span.Fill(9);
            using var run = ranks.Rank == 0 ? RunFolder.Open(files.Path("run")) : RunFolder.OpenReadOnly(files.Path("run"));
            steps[ranks.Rank] = new TrainingLoop(task, run, new LoopOptions(), ranks).Step;
            values[ranks.Rank] = [.. task.Stages[0].Blocks().SelectMany(block => block.Values.Span.ToArray())];
            updates[ranks.Rank] = task.Stages[0].Optimizer.Step;
        });
        Assert.Equal([3, 3], steps);
        Assert.Equal([3, 3], updates);
        Assert.NotEqual(0, values[0][0]);
        Assert.Equal(values[0], values[1]);
    }

    [Fact]
    public void A_skipped_step_is_written_down_with_the_rank_that_spoilt_it()
    {
        using var files = new TinyBase();
        ThreadRanks.Run(2, ranks =>
        {
            using var task = new MinimalTask(steps: 4) { Factor = step => ranks.Rank == 1 && step == 2 ? float.NaN : 1 };
            using var run = ranks.Rank == 0 ? RunFolder.Open(files.Path("run")) : RunFolder.OpenReadOnly(files.Path("run"));
            new TrainingLoop(task, run, new LoopOptions(), ranks).Run();
        });
        var line = Assert.Single(File.ReadAllLines(files.Path("run/skipped-steps.jsonl")));
        Assert.Contains("\"step\":3,", line, StringComparison.Ordinal);
        Assert.Contains("\"ranks\":[1]", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_are_begun_in_one_order_with_parameters_that_a_pass_does_not_touch_and_by_ranks_without_a_pass()
    {
        using var files = new TinyBase();
        var recipe = Qwen2Audio.Training.FineTuning.FineTuningRecipeFile.Parse(TuningRecipes.Of(files, "dense"), files.Path("recipe.yaml"));
        var meeting = new ThreadCollectives.Meeting(3);
        var sums = new float[3];
        Parallel.For(0, 3, new ParallelOptions { MaxDegreeOfParallelism = 3 }, rank =>
        {
            using var model = Qwen2Audio.Training.FineTuning.BaseModel.Open(recipe.Model.Base);
            using var trained = new Qwen2Audio.Training.FineTuning.TrainedModel(model, recipe);
            var parameters = trained.Parameters;
            parameters.Gradients.Span.Fill(rank + 1);
            var buckets = new GradientBuckets(parameters, meeting.Of(rank), target: 1000);
            buckets.Begin();
            // rank 0 passes all but every third, in one order; rank 1 in another; rank 2 has no pass
            var touched = parameters.Parameters.Where((_, i) => i % 3 > 0);
            foreach (var parameter in rank == 0 ? touched.Reverse() : touched)
            {
                if (rank == 2) break;
                buckets.Final(parameter);
                buckets.Between();
            }

            Assert.True(buckets.Finish());
            sums[rank] = parameters.Parameters.Average(parameter => parameter.Gradient.Span[0]);
        });
        Assert.True(meeting.Of(0).StartSignal.Count > 3);
        Assert.Equal(meeting.Of(0).StartSignal, meeting.Of(1).StartSignal);
        Assert.Equal(meeting.Of(0).StartSignal, meeting.Of(2).StartSignal);
        Assert.Equal([6, 6, 6], sums);
    }
}
