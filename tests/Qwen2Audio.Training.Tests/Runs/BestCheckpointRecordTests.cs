using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>The best checkpoint is not lost if the file that names it is.</summary>
public sealed class BestCheckpointRecordTests : RunTest
{
    private string Best => Path.Combine(RunPath, "best.json");

    [Theory]
    [InlineData("{\"Step\":4,")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"Step\":0,\"Figure\":1}")]
    [InlineData("{\"Step\":4,\"Figure\":\"low\"}")]
    [InlineData("{\"Step\":6,\"Figure\":0.5}")] // has no checkpoint any more
    [InlineData(null)]
    public void A_damaged_file_is_told_of_and_the_measurements_say_which_is_best(string? damaged)
    {
        Train(8, [3, 1, 2, 5]);
        File.AppendAllText(Path.Combine(RunPath, "validation.jsonl"), "{\"step\":4,\"lo\n{\"step\":8,\"loss\":null}\n[1]\n{}\n");
        if (damaged is null) File.Delete(Best);
        else File.WriteAllText(Best, damaged);
        Train(12, [4, 6]);
        Assert.Contains("By validation.jsonl the best checkpoint that is there is the one after 4 steps", Assert.Single(Warnings), StringComparison.Ordinal);
        using var run = RunFolder.Open(RunPath);
        Assert.Equal([12, 4], run.Steps());
    }

    [Fact]
    public void Where_nothing_tells_which_is_best_all_that_are_there_stay()
    {
        Train(8, [3, 1, 2, 5]);
        File.Delete(Path.Combine(RunPath, "validation.jsonl"));
        File.WriteAllText(Best, "{");
        Train(12, [4, 6]);
        Assert.Contains("those that are there now (after 8, 4 steps) stay", Assert.Single(Warnings), StringComparison.Ordinal);
        using var run = RunFolder.Open(RunPath);
        Assert.Equal([12, 10, 8, 4], run.Steps()); // 10 is the best of what was measured since
    }

    [Fact]
    public void When_the_best_is_damaged_itself_the_next_best_takes_its_place()
    {
        Train(4, [3, 1]);
        File.WriteAllText(Path.Combine(RunPath, "checkpoints", "step-00000004", "line.txt"), "bit rot");
        Train(6, [2, 5], keep: 3);
        Assert.Contains(Warnings, warning => warning.Contains("the checkpoint that it names, after 4 steps, is not there any more", StringComparison.Ordinal));
        using var run = RunFolder.Open(RunPath);
        Assert.Equal(new BestCheckpoint(4, 2), run.Best); // trained and measured again
    }

    [Fact]
    public void A_run_that_was_never_measured_says_nothing()
    {
        using (var task = new MinimalTask(steps: 4))
        using (var run = RunFolder.Open(RunPath)) new TrainingLoop(task, run, new LoopOptions()).Run();
        using var again = RunFolder.Open(RunPath);
        again.Warning = Warnings.Add;
        Assert.Null(again.Best);
        Assert.Empty(Warnings);
    }

    [Theory]
    [InlineData("52 rows", false)]
    [InlineData("", false)] // a run that did not record it
    [InlineData("52 rows", true)] // the measurements tell
    public void Figures_on_other_rows_are_not_compared(string before, bool damaged)
    {
        Train(4, [3, 1], on: before);
        if (damaged) File.WriteAllText(Best, "{");
        Train(8, [1.5, 6, 5], on: "104 rows"); // the checkpoint it resumes from is measured too
        Assert.Contains(Warnings, warning => warning.Contains("after 4 steps, was measured on other validation rows", StringComparison.Ordinal) && warning.Contains("now 104 rows", StringComparison.Ordinal));
        using var run = RunFolder.Open(RunPath);
        Assert.Equal(new BestCheckpoint(4, 1.5) { MeasuredOn = "104 rows" }, run.Best);
    }

    [Fact]
    public void A_later_checkpoint_becomes_the_best_on_the_present_rows_although_an_earlier_one_had_a_lower_figure()
    {
        Train(4, [3, 1], on: "52 rows");
        Train(8, [9, 6, 7], on: "104 rows");
        Train(10, [8], on: "104 rows");
        Assert.Single(Warnings);
        using (var run = RunFolder.Open(RunPath))
        {
            Assert.Equal(new BestCheckpoint(6, 6) { MeasuredOn = "104 rows" }, run.Best);
            Assert.Equal([10, 6], run.Steps()); // the best of other rows stays only while the command runs
        }

        Train(12, [11, 12], on: "52 rows"); // measured on them before, but that checkpoint is gone
        using var again = RunFolder.Open(RunPath);
        Assert.Equal(new BestCheckpoint(10, 11) { MeasuredOn = "52 rows" }, again.Best);
    }

    [Fact]
    public void The_measurements_on_the_present_rows_tell_which_is_best_after_a_change_and_back()
    {
        Train(4, [3, 1], on: "52 rows", keep: 9);
        Train(6, [9, 8], on: "104 rows", keep: 9);
        Train(8, [2], on: "52 rows", keep: 9);
        using var run = RunFolder.Open(RunPath);
        Assert.Equal(new BestCheckpoint(4, 1) { MeasuredOn = "52 rows" }, run.Best);
    }

    private void Train(int steps, double[] figures, int keep = 1, string on = "")
    {
        using var task = new MinimalTask(steps) { On = on };
        using var run = RunFolder.Open(RunPath);
        run.Warning = Warnings.Add;
        var left = new Queue<double>(figures);
        var loop = new TrainingLoop(task, run, new LoopOptions { SaveEvery = 2, EvaluateEvery = 2, Keep = keep });
        loop.Run(measure: _ =>
        {
            var figure = left.Dequeue();
            run.LogMeasured(loop.Step, [("loss", figure), ("other", -figure)]);
            return figure;
        });
        Assert.Empty(left);
    }
}
