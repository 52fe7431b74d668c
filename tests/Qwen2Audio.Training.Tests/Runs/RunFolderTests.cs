using System.Diagnostics;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>What can go wrong in a run's folder apart from checkpoints.</summary>
public sealed class RunFolderTests : RunTest
{
    [Fact]
    public void Events_that_cannot_be_closed_are_a_warning()
    {
        var step = new StepReport(1, 2, [new StageReport("", new StepLosses(1, []), 1, 1)], new StepData(1, 0, []), 1, 0);
        using (var metrics = new RunMetrics(Folder, Warnings.Add, (_, first) => EventFile.On(new FullDiskStream(), first))) metrics.Add(step);
        Assert.Contains("TensorBoard", Assert.Single(Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_not_be_logged_is_counted_when_it_can_be_again()
    {
        var path = Path.Combine(Folder, "x.jsonl");
        Directory.CreateDirectory(path); // no file can take its name
        using var metrics = new RunMetrics(Folder, Warnings.Add);
        for (var i = 0; i < 3; i++) metrics.AddLine(path, "lost");
        Directory.Delete(path);
        for (var i = 0; i < 2; i++) metrics.AddLine(path, "there");
        Assert.Equal("there\nthere\n", File.ReadAllText(path));
        Assert.Equal(2, Warnings.Count);
        Assert.Equal("x.jsonl can be written again; 3 entries are missing.", Warnings[1]);
    }

    [Fact]
    public void A_folder_that_is_gone_is_let_go_of()
    {
        var run = RunFolder.Open(RunPath);
        File.WriteAllText(Path.Combine(RunPath, "metrics.jsonl"), "");
        Directory.Delete(RunPath, recursive: true);
        run.Dispose();
        using var again = RunFolder.Open(RunPath);
        Assert.Empty(again.Steps());
    }

    [Fact]
    public void A_lock_that_cannot_be_taken_is_not_called_in_use()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a permission here");
        Directory.CreateDirectory(Path.Combine(RunPath, "checkpoints"));
        File.CreateSymbolicLink(Path.Combine(RunPath, "lock"), "lock"); // to itself
        var error = Assert.Throws<RunException>(() => RunFolder.Open(RunPath));
        Assert.DoesNotContain("in use", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be locked", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_whose_holder_cannot_be_written_down_is_free_again()
    {
        var holder = Path.Combine(RunPath, "holder");
        Directory.CreateDirectory(Path.Combine(RunPath, "checkpoints"));
        Directory.CreateDirectory(holder); // no file can take its name
        Assert.Contains(holder, Assert.ThrowsAny<IOException>(() => RunFolder.Open(RunPath)).Message, StringComparison.Ordinal);
        Directory.Delete(holder);
        using var run = RunFolder.Open(RunPath);
        Assert.Empty(run.Steps());
    }

    [Fact]
    public void A_best_checkpoint_that_cannot_be_noted_is_not_the_best()
    {
        using var task = new MinimalTask(steps: 4);
        using var run = RunFolder.Open(RunPath);
        run.Warning = Warnings.Add;
        Directory.CreateDirectory(Path.Combine(RunPath, "best.json")); // no file can take its name
        new TrainingLoop(task, run, new LoopOptions { SaveEvery = 2, EvaluateEvery = 2 }).Run(measure: _ => 1);
        Assert.Null(run.Best);
        Assert.Contains("Cannot record that the checkpoint after 2 steps is the best", Warnings[0], StringComparison.Ordinal);
        Assert.DoesNotContain(Warnings, warning => warning.Contains("Progress", StringComparison.Ordinal));
    }

    [Fact]
    public void A_measurement_that_cannot_be_noted_is_told_of_and_the_best_checkpoint_is_known()
    {
        using var task = new MinimalTask(steps: 4);
        using var run = RunFolder.Open(RunPath);
        run.Warning = Warnings.Add;
        Directory.CreateDirectory(Path.Combine(RunPath, "measured.json")); // no file can take its name
        new TrainingLoop(task, run, new LoopOptions { SaveEvery = 2, EvaluateEvery = 2 }).Run(measure: _ => 1);
        Assert.Equal(new BestCheckpoint(2, 1), run.Best);
        Assert.Equal(2, Warnings.Count);
        Assert.Contains("Cannot record that the checkpoint after 4 steps was measured", Warnings[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lock")]
    [InlineData("holder")]
    [InlineData("metrics.jsonl")]
    [InlineData("validation.jsonl")]
    [InlineData("skipped.jsonl")]
    [InlineData("skipped-steps.jsonl")]
    [InlineData("best.json")]
    [InlineData("measured.json")]
    [InlineData("recipe.yaml")]
    [InlineData("recipe.json")]
    [InlineData("checkpoints")]
    public void A_named_pipe_in_a_file_s_place_is_refused_without_waiting(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made with mkfifo");
        using (RunFolder.Open(RunPath)) File.WriteAllText(Path.Combine(RunPath, "metrics.jsonl"), "");
        var path = Path.Combine(RunPath, name);
        if (name == "checkpoints") Directory.Delete(path);
        else File.Delete(path);
        using (var mkfifo = Process.Start("mkfifo", [path])) mkfifo.WaitForExit();
        Assert.Contains(path, Assert.Throws<RunException>(() => RunFolder.Open(RunPath)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path)); // as it was
        if (name is "recipe.yaml" or "recipe.json")
        {
            File.WriteAllText(Path.Combine(RunPath, name == "recipe.json" ? "recipe.yaml" : "recipe.json"), "{\"Command\":\"train\",\"Path\":\"x\"}");
            Assert.Contains("a named pipe", Assert.Throws<RunException>(() => RunRecipe.Of(RunPath)).Message, StringComparison.Ordinal);
        }

        if (name == "skipped.jsonl") Assert.ThrowsAny<IOException>(() => SkippedClips.Lost(path));
    }

    [Fact]
    public void What_a_killed_process_left_in_the_folder_is_swept()
    {
        using (RunFolder.Open(RunPath)) File.WriteAllText(Path.Combine(RunPath, "metrics.jsonl"), "");
        var left = Path.Combine(RunPath, ".best.json.0123456789abcdef0123456789abcdef.partial");
        File.WriteAllText(left, "");
        using var run = RunFolder.Open(RunPath);
        Assert.False(File.Exists(left));
    }

    private sealed class FullDiskStream : MemoryStream
    {
        public override void Flush() => throw new IOException("No space left on device", AtomicFile.FullDisk);

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing) Flush();
        }
    }
}
