using Qwen2Audio.Checkpoints;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>What a run does when something goes wrong around it.</summary>
public sealed class TrainingLoopTests : RunTest
{
    [Fact]
    public void A_step_that_is_not_finite_changes_nothing_and_its_samples_are_listed()
    {
        using var plain = new MinimalTask(steps: 9);
        using var faulty = new MinimalTask(steps: 10) { Factor = step => step == 4 ? float.NaN : 1 };
        Run(plain, Path.Combine(Folder, "plain"));
        var loop = Run(faulty, RunPath);
        Assert.Equal(1, loop.SkippedSteps);
        Assert.Equal(plain.Values, faulty.Values);
        using var line = JsonDocument.Parse(File.ReadAllText(Path.Combine(RunPath, "skipped-steps.jsonl")));
        Assert.Equal(5, line.RootElement.GetProperty("step").GetInt64());
        Assert.Equal("sample 4", line.RootElement.GetProperty("samples")[0].GetString());
    }

    [Fact]
    public void Many_in_a_row_end_the_run_and_the_last_good_checkpoint_stays()
    {
        using var task = new MinimalTask(steps: 30) { Factor = step => step >= 6 ? float.PositiveInfinity : 1 };
        var error = Assert.Throws<RunException>(() => Run(task, RunPath, new LoopOptions { SaveEvery = 5, MostSkippedInARow = 4 }));
        Assert.Contains("4 consecutive steps", error.Message, StringComparison.Ordinal);
        Assert.Contains("skipped-steps.jsonl", error.Message, StringComparison.Ordinal);
        using var run = RunFolder.Open(RunPath);
        Assert.Equal([5], run.Steps());
    }

    [Fact]
    public void A_leap_of_the_loss_is_skipped_also_after_resuming()
    {
        var options = new LoopOptions { SaveEvery = 1, LossSpike = 3 };
        using (var first = new MinimalTask(steps: 4)) Run(first, RunPath, options);
        using var second = new MinimalTask(steps: 8) { Factor = step => step == 5 ? 50 : 1 };
        Assert.Equal(1, Run(second, RunPath, options).SkippedSteps);
    }

    [Fact]
    public void Allowed_changes_are_recorded_in_every_later_checkpoint()
    {
        using (var first = new MinimalTask(steps: 2)) Run(first, RunPath);
        using (var other = new MinimalTask(steps: 4, rate: 0.5)) Assert.Throws<RunException>(() => Run(other, RunPath));
        using (var other = new MinimalTask(steps: 4, rate: 0.5)) Run(other, RunPath, new LoopOptions { AllowChanges = true });
        Assert.Contains(Warnings, warning => warning.Contains("rate: 0.5, the run has 0.1", StringComparison.Ordinal));
        using (var again = new MinimalTask(steps: 6, rate: 0.5)) Run(again, RunPath); // the same settings as the last checkpoint: no override needed
        using var state = Formats.Safetensors.SafetensorsFile.Open(Path.Combine(RunPath, "checkpoints", "step-00000006", "training", "state.safetensors"));
        Assert.Contains("after step 2: rate: 0.5, the run has 0.1", state.Metadata["overrides"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_another_convention_of_the_schedule_goes_on_only_when_that_is_allowed()
    {
        using (var first = new MinimalTask(steps: 2)) Run(first, RunPath);
        var state = Path.Combine(RunPath, "checkpoints", "step-00000002", "training", "state.safetensors");
        foreach (var earlier in new[] { "the first update has the rate 0", null }) // null: begun before it was noted
        {
            RunCheckpointDamageTests.Rewrite(state, metadata =>
            {
                if (earlier is null) metadata.Remove("run.program.schedule");
                else metadata["run.program.schedule"] = earlier;
            });
            using var refused = new MinimalTask(steps: 4);
            var error = Assert.Throws<RunException>(() => Run(refused, RunPath)).Message;
            Assert.Contains("was started by a version of this program that trains in another way", error, StringComparison.Ordinal);
            Assert.Contains($"program.schedule: {LearningRateSchedule.Convention}, the run has {earlier ?? "nothing"}", error, StringComparison.Ordinal);
        }

        using var allowed = new MinimalTask(steps: 4);
        Run(allowed, RunPath, new LoopOptions { AllowChanges = true });
        Assert.Contains(Warnings, warning => warning.Contains("program.schedule", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("vector_bits", "64")]
    [InlineData("processor", "Alpha, separate multiply-add")]
    [InlineData("numerics", "sha256 0123456789abcdef")]
    public void Another_kind_of_processor_or_order_of_sums_is_told_of_and_recorded(string key, string value)
    {
        using (var first = new MinimalTask(steps: 2)) Run(first, RunPath);
        var state = Path.Combine(RunPath, "checkpoints", "step-00000002", "training", "state.safetensors");
        RunCheckpointDamageTests.Rewrite(state, metadata => metadata[key] = value);
        using (var second = new MinimalTask(steps: 4)) Run(second, RunPath);
        Assert.Contains($", the run has {value})", Assert.Single(Warnings), StringComparison.Ordinal);
        Assert.StartsWith(key == "numerics" ? "The run was made by a version" : "The run was made on another kind of processor", Warnings[0], StringComparison.Ordinal);
        using (var third = new MinimalTask(steps: 6)) Run(third, RunPath); // on the same machine as the checkpoint: nothing to tell
        Assert.Single(Warnings);
        using var last = Formats.Safetensors.SafetensorsFile.Open(state.Replace("00002", "00006", StringComparison.Ordinal));
        Assert.Contains($"after step 2: {key}: ", last.Metadata["overrides"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_in_use_names_process_and_machine()
    {
        using var first = RunFolder.Open(RunPath);
        var error = Assert.Throws<RunException>(() => RunFolder.Open(RunPath));
        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_waited_for_and_costs_nothing()
    {
        var failures = 2;
        using var task = new MinimalTask(steps: 4)
        {
            Writing = () =>
            {
                if (failures-- > 0) throw new IOException("No space left on device", 28);
            },
        };
        Run(task, RunPath, new LoopOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        Assert.Equal(2, Warnings.Count(warning => warning.Contains("No space left", StringComparison.Ordinal)));
        using var run = RunFolder.Open(RunPath);
        Assert.Equal([4], run.Steps());
    }

    [Fact]
    public void A_disk_without_room_for_a_checkpoint_is_waited_for()
    {
        const string disk = "/dev/shm"; // a file system whose size is known, and that refuses more at once
        Assert.SkipUnless(Directory.Exists(disk), $"there is no {disk}");
        var failures = 2;
        using var task = new MinimalTask(steps: 4)
        {
            Writing = () =>
            {
                if (failures-- > 0) Formats.Files.AtomicFile.Write(Path.Combine(disk, "checkpoint"), new DriveInfo(disk).TotalSize + 4096, _ => { });
            },
        };
        Run(task, RunPath, new LoopOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        Assert.Equal(2, Warnings.Count(warning => warning.Contains("retries every", StringComparison.Ordinal)));
        using var run = RunFolder.Open(RunPath);
        Assert.Equal([4], run.Steps());
    }

    [Fact]
    public void A_checkpoint_is_written_without_a_copy_of_the_numbers()
    {
        using var task = MinimalTask.Wide(1 << 20);
        var folder = Directory.CreateDirectory(RunPath).FullName;
        var before = GC.GetAllocatedBytesForCurrentThread();
        RunCheckpoint.Write(folder, task, new RunProgress());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void A_checkpoint_names_its_version_and_one_of_a_newer_version_is_not_called_damaged()
    {
        using (var first = new MinimalTask(steps: 2)) Run(first, RunPath);
        var checkpoint = Path.Combine(RunPath, "checkpoints", "step-00000002");
        var path = Path.Combine(checkpoint, "training", "state.safetensors");
        var bytes = File.ReadAllBytes(path);
        var at = bytes.AsSpan().IndexOf("\"format\":\"1\""u8);
        Assert.True(at > 0);
        Assert.True(bytes.AsSpan().IndexOf("\"program\":"u8) > 0 && bytes.AsSpan().IndexOf("\"vector_bits\":"u8) > 0);
        bytes[at + 10] = (byte)'2';
        File.WriteAllBytes(path, bytes);
        File.Delete(Path.Combine(checkpoint, RunCheckpoints.ChecksumFile));
        Formats.Files.FolderChecksums.Write(checkpoint, RunCheckpoints.ChecksumFile);
        using var second = new MinimalTask(steps: 4);
        Assert.Contains("written by a newer version", Assert.Throws<RunException>(() => Run(second, RunPath)).Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(checkpoint));
    }

    [Fact]
    public void A_full_disk_ends_the_run_at_once_when_asked_to_and_the_old_checkpoint_stays()
    {
        using var task = new MinimalTask(steps: 8);
        task.Writing = () =>
        {
            if (task.Stages[0].Optimizer.Step > 4) throw new IOException("No space left on device", 28);
        };
        Assert.Throws<IOException>(() => Run(task, RunPath, new LoopOptions { SaveEvery = 4, RetryFullDisk = false }));
        using var run = RunFolder.Open(RunPath);
        Assert.Equal([4], run.Steps());
    }

    [Fact]
    public void A_disk_that_fails_otherwise_ends_the_run()
    {
        using var task = new MinimalTask(steps: 2) { Writing = () => throw new IOException("Input/output error", 5) };
        Assert.Throws<IOException>(() => Run(task, RunPath));
    }

    [Theory]
    [InlineData(6, "2 4 6")] // the last step is one at which to save
    [InlineData(7, "2 4 6 7")]
    public void Each_checkpoint_is_written_and_told_of_once(int steps, string saved)
    {
        using var task = new MinimalTask(steps);
        using var run = RunFolder.Open(RunPath);
        var (told, written) = (new List<string>(), 0);
        task.Writing = () => written++;
        new TrainingLoop(task, run, new LoopOptions { SaveEvery = 2 }).Run(saved: folder => told.Add(folder[^1..]));
        Assert.Equal(saved, string.Join(' ', told));
        Assert.Equal(told.Count, written);
    }

    [Fact]
    public void The_best_checkpoint_stays_beside_the_newest()
    {
        using var task = new MinimalTask(steps: 8);
        using (var run = RunFolder.Open(RunPath))
        {
            var figures = new Queue<double>([3, 1, 2, 5]);
            new TrainingLoop(task, run, new LoopOptions { SaveEvery = 2, EvaluateEvery = 2, Keep = 1 }).Run(measure: _ => figures.Dequeue());
        }

        using var again = RunFolder.Open(RunPath);
        Assert.Equal([8, 4], again.Steps());
        Assert.Equal(new BestCheckpoint(4, 1), again.Best);
    }

    [Fact]
    public void A_measurement_that_was_cut_off_is_made_up_for_once_also_at_the_end()
    {
        var options = new LoopOptions { SaveEvery = 2, EvaluateEvery = 2 };
        var measured = new List<string>();
        foreach (var (steps, figure) in new (int, double?)[] { (4, 1), (6, null), (6, 1), (6, 1) })
        {
            using var task = new MinimalTask(steps);
            using var run = RunFolder.Open(RunPath);
            new TrainingLoop(task, run, options).Run(measure: folder =>
            {
                measured.Add($"{Path.GetFileName(folder)[^1..]} {figure}");
                return figure;
            });
        }

        Assert.Equal(["2 1", "4 1", "6 ", "6 1"], measured);
    }

    [Fact]
    public void Too_little_memory_ends_the_run_with_an_estimate()
    {
#pragma warning disable MA0012, CA2201 // as the runtime throws it
        using var task = new MinimalTask(steps: 8) { Factor = step => step == 5 ? throw new OutOfMemoryException() : 1 };
#pragma warning restore MA0012, CA2201
        var error = Assert.Throws<RunException>(() => Run(task, RunPath, new LoopOptions { SaveEvery = 4 }));
        Assert.Contains("There is too little memory for step 6", error.Message, StringComparison.Ordinal);
        using var run = RunFolder.Open(RunPath);
        Assert.Equal([4], run.Steps());
    }

    [Fact]
    public void A_task_of_two_stages_goes_on_with_the_same_bits_and_names_its_figures_by_stage()
    {
        using var whole = new MinimalTask(10, 0.1, "judge", "maker");
        Run(whole, Path.Combine(Folder, "whole"));
        using (var first = new MinimalTask(4, 0.1, "judge", "maker")) Run(first, RunPath);
        using var second = new MinimalTask(10, 0.1, "judge", "maker");
        Run(second, RunPath);
        Assert.Equal(whole.Values, second.Values);
        Assert.NotEqual(whole.Values[..4], whole.Values[4..]);
        using var line = JsonDocument.Parse(File.ReadLines(Path.Combine(RunPath, "metrics.jsonl")).Last());
        Assert.True(line.RootElement.GetProperty("judge.gradient_norm").GetDouble() > 0);
        Assert.True(line.RootElement.TryGetProperty("maker.distance", out _));
    }

    private TrainingLoop Run(MinimalTask task, string folder, LoopOptions? options = null)
    {
        using var run = RunFolder.Open(folder);
        run.Warning = Warnings.Add;
        var loop = new TrainingLoop(task, run, options ?? new LoopOptions());
        loop.Run();
        return loop;
    }
}
