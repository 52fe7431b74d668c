using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>Loss spikes, stage by stage.</summary>
public sealed class TrainingLoopLossSpikeTests : RunTest
{
    [Fact]
    public void A_leap_of_a_later_stage_is_skipped_also_after_resuming_and_the_list_names_what_had_moved()
    {
        var recipe = new CheckpointRecipe { SaveEvery = 1, LossSpike = 3 };
        using (var first = Task(4, -1)) Run(first, recipe);
        using var second = Task(8, 5);
        Assert.Equal(1, Run(second, recipe).SkippedSteps);
        Assert.Equal([8L, 7L], second.Stages.Select(stage => (long)stage.Optimizer.Step));
        using var line = JsonDocument.Parse(File.ReadAllText(Path.Combine(RunPath, "skipped-steps.jsonl")));
        Assert.Equal(["judge"], line.RootElement.GetProperty("moved").EnumerateArray().Select(name => name.GetString()));
        var metrics = File.ReadLines(Path.Combine(RunPath, "metrics.jsonl")).Select(text => JsonDocument.Parse(text).RootElement).ToList();
        Assert.True(metrics.Single(step => step.TryGetProperty("maker.moved", out var moved) && !moved.GetBoolean()).TryGetProperty("step", out var at) && at.GetInt64() == 6);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-100)]
    public void A_stage_is_measured_by_its_own_mean_of_either_sign(double loss)
    {
        var progress = new RunProgress().Trained([loss, 1000]);
        Assert.False(progress.IsSpike(0, loss + 1.9 * Math.Abs(loss), 3));
        Assert.True(progress.IsSpike(0, loss + 2.1 * Math.Abs(loss), 3));
        Assert.False(progress.IsSpike(0, loss + 2.1 * Math.Abs(loss), 0));
        Assert.False(new RunProgress().IsSpike(0, 1e9, 3));
    }

    [Fact]
    public void A_mean_goes_a_fiftieth_of_the_way_to_each_loss()
    {
        var progress = new RunProgress().Trained([10, -4]).AfterSkip().Trained([60, -4]);
        Assert.Equal([11, -4], progress.MeanLosses.Select(mean => Math.Round(mean, 9)));
        Assert.Equal((3, 1, 0), (progress.Step, progress.Skipped, progress.SkippedInARow));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1.5, 0)]
    [InlineData(1, 1)]
    [InlineData(-2, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    public void A_recipe_says_what_a_leap_is(double spike, int problems)
    {
        var recipe = new CheckpointRecipe { LossSpike = spike };
        Assert.Equal(problems, recipe.Problems().Count(problem => problem.StartsWith("checkpoints.loss_spike", StringComparison.Ordinal)));
        Assert.Equal(spike, recipe.ToOptions().LossSpike);
        Assert.False(recipe.ToOptions().AllowChanges);
        Assert.Equal(spike, recipe.AffectingWeights().LossSpike);
    }

    [Fact]
    public void Metrics_say_where_a_run_went_on()
    {
        using (var first = Task(2, -1)) Run(first, new CheckpointRecipe());
        using (var second = Task(3, -1)) Run(second, new CheckpointRecipe());
        var lines = File.ReadAllLines(Path.Combine(RunPath, "metrics.jsonl"));
        Assert.Equal("{\"resumed\":2}", lines[2]);
        Assert.Equal(4, lines.Length);
    }

    private static MinimalTask Task(int steps, int leap) => new(steps, 0.1, "judge", "maker")
    {
        Base = 10,
        StageFactor = (step, stage) => step == leap && stage == 1 ? 5 : 1,
    };

    private TrainingLoop Run(MinimalTask task, CheckpointRecipe recipe)
    {
        using var run = RunFolder.Open(RunPath);
        var loop = new TrainingLoop(task, run, recipe.ToOptions());
        loop.Run();
        return loop;
    }
}
