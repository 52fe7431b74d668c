using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>What a run leaves behind when its process or the power fails, at every step of writing to the disk.</summary>
public sealed class RunFolderDurabilityTests : RunTest
{
    [Fact]
    public void An_old_checkpoint_goes_only_when_the_new_one_is_on_the_disk_under_its_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux makes a folder's entries durable here");
        using var run = RunFolder.Open(RunPath);
        run.Save(1, keep: 1, folder => AtomicFile.Write(Path.Combine(folder, "x"), new byte[] { 1 }));
        var old = run.Checkpoint(1);
        var steps = new List<string>();
        using (Disk.Watch((step, at) =>
        {
            steps.Add($"{step} {Path.GetFileName(at)}");
            var isNewDurable = steps.Contains("Renamed step-00000002", StringComparer.Ordinal) && steps[^1] != "Renamed step-00000002";
            Assert.True(isNewDurable || File.Exists(Path.Combine(old, "x")), steps[^1]);
        }))
            run.Save(2, keep: 1, folder => AtomicFile.Write(Path.Combine(folder, "x"), new byte[] { 2 }));
        var named = steps.IndexOf("Renamed step-00000002");
        Assert.StartsWith("FolderFlushed .step-00000002.", steps[named - 1], StringComparison.Ordinal); // all files and their names
        Assert.True(steps.IndexOf("Flushed x") < 0 && steps.Exists(step => step.StartsWith("Flushed .x.", StringComparison.Ordinal)));
        Assert.Equal("FolderFlushed checkpoints", steps[named + 1]);
        Assert.StartsWith("Removed .step-00000001.", steps[^1], StringComparison.Ordinal);
        Assert.Equal([2], run.Steps());
    }

    [Fact]
    public void What_cannot_be_written_costs_no_old_checkpoint()
    {
        using var run = RunFolder.Open(RunPath);
        foreach (var step in new[] { 1, 2 }) run.Save(step, keep: 2, folder => AtomicFile.Write(Path.Combine(folder, "x"), new byte[] { 1 }));
        Assert.Throws<IOException>(() => run.Save(3, keep: 1, _ => throw new IOException("No space left on device", AtomicFile.FullDisk)));
        Assert.Equal([2, 1], run.Steps());
    }

    [Fact]
    public void A_kill_at_any_step_of_writing_costs_at_most_the_steps_since_the_last_checkpoint_and_no_bit()
    {
        var options = new LoopOptions { SaveEvery = 3, EvaluateEvery = 3, Keep = 1 };
        var left = new List<(string Folder, long Saved, string At)>();
        var saved = 0L;
        using (Disk.Watch((step, at) =>
        {
            var copy = Path.Combine(Folder, $"killed-{left.Count}");
            Copy(RunPath, copy);
            left.Add((copy, saved, $"{step} {at}"));
        }))
        {
            Train(RunPath, options, folder => saved = long.Parse(folder[^8..], System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.True(left.Count > 50);
        var whole = State(RunPath);
        foreach (var (folder, known, at) in left)
        {
            var first = Train(folder, options);
            Assert.True(first >= known, $"killed after {at}: went on from step {first}, and {known} was saved");
            Assert.True(whole.AsSpan().SequenceEqual(State(folder)), $"killed after {at}: other bits");
            Assert.DoesNotContain(Directory.GetFileSystemEntries(folder, "*.partial*", SearchOption.AllDirectories), _ => true);
        }
    }

    // returns the step that it began with
    private static long Train(string folder, LoopOptions options, Action<string>? saved = null)
    {
        using var run = RunFolder.Open(folder);
        using var task = new MinimalTask(steps: 7, 0.1, "first", "second") { StageFactor = (step, stage) => 1 + (step * (stage + 1) % 3) };
        var loop = new TrainingLoop(task, run, options);
        var first = loop.Step;
        loop.Run(saved: saved, measure: _ => task.Values[0]);
        return first;
    }

    private static byte[] State(string folder) => File.ReadAllBytes(Path.Combine(RunCheckpoints.Find(folder)[0], "training", "state.safetensors"));

    // what a killed process leaves: its lock is the system's
    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            if (Path.GetFileName(file) == "lock")
            {
                File.WriteAllBytes(Path.Combine(to, "lock"), []);
                continue;
            }

            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var target = File.Create(Path.Combine(to, Path.GetFileName(file)));
            source.CopyTo(target);
        }

        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
