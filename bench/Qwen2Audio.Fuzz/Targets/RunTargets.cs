using System.Buffers.Binary;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Tests.Runs;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>The files of a training run.</summary>
internal static class RunTargets
{
    public static IEnumerable<FuzzTarget> All()
    {
        yield return new("run-best", InputForm.Json, [Bytes("""{"Step":10,"Figure":0.5}""")], (input, place) =>
        {
            place.Write("best.json", input);
            var best = BestCheckpoint.Read(place.Folder, out var damage);
            if (damage is not null && Oracle.CodeNameIn(damage) is { } name) throw new WrongResultException($"a warning with a name of the code ({name}): {damage}");
            return best is not null ? "read" : $"damaged {damage?.Split(':')[0]}";
        }, typeof(RunException))
        { Tokens = ["Step", "Figure", "step"] };
        yield return new("run-measured", InputForm.Json, [Bytes("""{"Step":10}""")], (input, place) =>
        {
            place.Write("measured.json", input);
            return $"{RunFolder.OpenReadOnly(place.Folder).Measured > 0}";
        }, typeof(RunException))
        { Tokens = ["Step", "step"] };
        yield return new("run-recipe", InputForm.Json, [Bytes("""{"Command":"train","Path":"/x/recipe.yaml"}""")], (input, place) =>
        {
            place.Keep("text", () => place.Write("recipe.yaml", Bytes("seed: 1\n")));
            place.Write("recipe.json", input);
            return $"read {RunRecipe.Of(place.Folder).Command.Length > 0}";
        }, typeof(RunException))
        { Tokens = ["Command", "Path", "train"] };
        yield return new("run-skipped", InputForm.JsonLines, [Bytes("""
            {"path":"a.jsonl","line":3,"reason":"no clip","step":5}
            {"path":"b.jsonl","line":4,"reason":"silence"}
            """)], (input, place) => $"read {Math.Min(3, SkippedClips.Lost(place.Write("skipped.jsonl", input)).Count)}", typeof(RunException)) { Tokens = ["path", "line", "reason", "step"] };
        yield return new("run-state", InputForm.Json, [Header()], (input, place) => Restore(place, run =>
        {
            File.WriteAllBytes(run.State, [.. Length(input), .. input, .. run.Data]);
            File.Delete(Path.Combine(run.Checkpoint, RunCheckpoints.ChecksumFile));
            FolderChecksums.Write(run.Checkpoint, RunCheckpoints.ChecksumFile);
        }), typeof(RunException))
        { Tokens = ["step", "format", "skipped", "layout", "sha256", "optimizer_step", "mean_loss", "overrides", "run.rate", "__metadata__", "values", "[]", "1", "2", "3"], Allocated = 4 << 20 };
        yield return new("run-checksums", InputForm.Text, [Sums()], (input, place) => Restore(place, run => File.WriteAllBytes(Path.Combine(run.Checkpoint, RunCheckpoints.ChecksumFile), input)), typeof(RunException))
        { Tokens = ["# 2 files", "line.txt", "training/state.safetensors", "../x", "/etc/x"], Allocated = 4 << 20, AllocatedPerByte = 32 };
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Length(byte[] header)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        return bytes;
    }

    private static string Restore(Workspace place, Action<MadeRun> change)
    {
        var run = place.Keep("run", () => new MadeRun(place.Folder));
        if (Directory.Exists(run.Checkpoint)) File.WriteAllBytes(run.State, run.Good);
        change(run);
        var progress = RunCheckpoint.Restore(run.Folder, run.Task, allowChanges: true);
        return progress is null ? throw new WrongResultException("a run with a checkpoint begins anew") : $"read {progress.Step} {Math.Min(2, progress.Overrides.Count)}";
    }

    private static byte[] Header()
    {
        using var place = new Workspace();
        using var run = new MadeRun(place.Folder);
        return run.Good[8..^run.Data.Length];
    }

    private static byte[] Sums()
    {
        using var place = new Workspace();
        using var run = new MadeRun(place.Folder);
        return File.ReadAllBytes(Path.Combine(run.Checkpoint, RunCheckpoints.ChecksumFile));
    }

    /// <summary>A run of the smallest task with a checkpoint after three steps.</summary>
    private sealed class MadeRun : IDisposable
    {
        public MadeRun(string folder)
        {
            Task = new MinimalTask();
            Folder = RunFolder.Open(Path.Combine(folder, "run"));
            Checkpoint = Folder.Save(3, 1, path => RunCheckpoint.Write(path, Task, new RunProgress { Step = 3 }));
            State = Path.Combine(Checkpoint, "training", "state.safetensors");
            Good = File.ReadAllBytes(State);
            Data = Good[(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(Good))..];
        }

        public MinimalTask Task { get; }

        public RunFolder Folder { get; }

        public string Checkpoint { get; }

        public string State { get; }

        public byte[] Good { get; }

        public byte[] Data { get; }

        public void Dispose()
        {
            Folder.Dispose();
            Task.Dispose();
        }
    }
}
