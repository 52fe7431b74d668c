using System.Diagnostics;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Training in several processes under mpirun.</summary>
public sealed class TrainCommandRanksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Two_ranks_give_the_weights_of_one_rank_with_the_same_global_batch()
    {
        RequireMpi();
        var recipe = Recipe(steps: 12, saveEvery: 12);
        var one = ProgramRun.Of("train", recipe, "--run", Path.Combine(_folder, "one"), "--threads", "1");
        Assert.True(one.ExitCode == 0, one.Error);
        var (code, error) = End(Start(2, "train", recipe, "--run", Path.Combine(_folder, "two"), "--threads", "1"));
        Assert.True(code == 0, error);
        Same(12, "values", "first_moments", "second_moments");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_ranks_fine_tune_to_the_weights_of_one(bool mixture)
    {
        RequireMpi();
        using var tiny = FinetuneCommandTests.Tiny(mixture);
        FinetuneCommandTests.WriteTalk(Path.Combine(_folder, "talk.jsonl"));
        var recipe = Path.Combine(_folder, "recipe.yaml");
        File.WriteAllText(recipe, $$"""
            steps: 10
            model: {base: {{tiny.Folder}}}
            data: {train: [talk.jsonl]}
            batch: {filling: one, rows: 3}
            schedule: {learning_rate: 1.0e-3, type: constant}
            average: {decay: 0.5}
            """);
        var one = ProgramRun.Of("finetune", recipe, "--run", Path.Combine(_folder, "one"), "--threads", "1");
        Assert.True(one.ExitCode == 0, one.Error);
        var (code, error) = End(Start(2, "finetune", recipe, "--run", Path.Combine(_folder, "two"), "--threads", "1"));
        Assert.True(code == 0, error);
        Same(10, "values", "first_moments", "second_moments", "average");
    }

    private void Same(int step, params string[] blocks)
    {
        foreach (var block in blocks)
        {
            var (expected, found) = (Block("one", step, block), Block("two", step, block));
            Assert.InRange(Differences.Relative(expected, found), 0, 1e-5);
        }
    }

    [Fact]
    public void More_ranks_than_clips_in_a_batch_train_too()
    {
        RequireMpi();
        var recipe = Recipe(steps: 3, saveEvery: 3); // two clips, three ranks
        var (code, error) = End(Start(3, "train", recipe, "--run", Path.Combine(_folder, "three"), "--threads", "1"));
        Assert.True(code == 0, error);
        Assert.True(File.Exists(Path.Combine(_folder, "three", "checkpoints", "step-00000003", "training", "state.safetensors")));
    }

    [Theory]
    [InlineData("KILL", "1", "its process has ended")]
    [InlineData("KILL", "0", "its process has ended")]
    [InlineData("STOP", "1", "no sign of life")]
    public void A_lost_rank_ends_the_run_and_is_named_with_the_checkpoint_to_go_on_from(string signal, string rank, string reason)
    {
        RequireMpi();
        var recipe = Recipe(steps: 1_000_000, saveEvery: 5);
        var run = Path.Combine(_folder, "run");
        var mpirun = Start(2, "train", recipe, "--run", run, "--threads", "1");
        var checkpoints = Path.Combine(run, "checkpoints");
        while (!Directory.Exists(checkpoints) || Directory.GetDirectories(checkpoints, "step-*").Length == 0)
        {
            Assert.False(mpirun.HasExited, "mpirun ended before the first checkpoint");
            Thread.Sleep(100);
        }

        using (var kill = Process.Start("kill", [$"-{signal}", Ranks(run).First(pair => pair.Rank == rank).Process])) kill.WaitForExit();
        var (code, error) = End(mpirun);
        Assert.NotEqual(0, code);
        Assert.Contains($"Rank {rank}, in ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Contains($"resumes from {checkpoints}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void SIGTERM_to_rank_0_ends_all_ranks_after_the_step_with_a_checkpoint_and_success()
    {
        RequireMpi();
        var run = Path.Combine(_folder, "run");
        var mpirun = Start(2, "train", Recipe(steps: 1_000_000, saveEvery: 1_000_000), "--run", run, "--threads", "1");
        while (!File.Exists(Path.Combine(run, "metrics.jsonl")))
        {
            Assert.False(mpirun.HasExited, "mpirun ended before the first step");
            Thread.Sleep(100);
        }

        using (var kill = Process.Start("kill", ["-TERM", Ranks(run).First(pair => pair.Rank == "0").Process])) kill.WaitForExit();
        var (code, error) = End(mpirun);
        Assert.True(code == 0, error);
        Assert.Contains("the same command resumes", error, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints"), "step-*"));
    }

    public void Dispose()
    {
        foreach (var (process, _) in Ranks(_folder)) Process.Start("kill", ["-9", process]).WaitForExit();
        _folder.Dispose();
    }

    internal static void RequireMpi()
    {
        var there = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "mpirun")));
        Assert.SkipUnless(there, "mpirun is not installed (Debian: apt install openmpi-bin)");
    }

    internal static Process Start(int ranks, params string[] arguments)
    {
        var start = ProgramRun.Info("mpirun", ["--oversubscribe", "-n", $"{ranks}", "dotnet", ProgramRun.Program, .. arguments]);
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // a killed runtime leaves its sockets in the temporary folder
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        return Process.Start(start)!;
    }

    internal static (int Code, string Error) End(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, error + output.Result);
        }
    }

    /// <summary>The processes of mpirun that train in a folder, with their ranks.</summary>
    private static List<(string Process, string Rank)> Ranks(string folder)
    {
        var found = new List<(string, string)>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                if (!File.ReadAllText(Path.Combine(process, "cmdline")).Contains(folder, StringComparison.Ordinal)) continue;
                const string name = "OMPI_COMM_WORLD_RANK=";
                var rank = File.ReadAllText(Path.Combine(process, "environ")).Split('\0').FirstOrDefault(entry => entry.StartsWith(name, StringComparison.Ordinal));
                if (rank is not null) found.Add((Path.GetFileName(process), rank[name.Length..]));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // it has ended meanwhile, or is another user's
            }
        }

        return found;
    }

    private float[] Block(string run, int step, string block)
    {
        using var file = SafetensorsFile.Open(Path.Combine(_folder, run, "checkpoints", $"step-{step:D8}", "training", "state.safetensors"));
        return file.ReadFloats(block);
    }

    // without dropout and noise on the text, which each rank draws for itself
    private string Recipe(int steps, int saveEvery)
    {
        var samples = Path.Combine(Fixtures.Repository, "samples");
        File.WriteAllLines(Path.Combine(_folder, "data.tsv"),
        [
            "path\tdataset\ttext_or_label\tspeaker\tsplit",
            $"{Path.Combine(samples, "seven.wav")}\tfsdd\tseven\ta\ttrain",
            $"{Path.Combine(samples, "date.wav")}\tan4\tjanuary twenty first nineteen seventy six\tb\ttrain",
        ]);
        var recipe = Path.Combine(_folder, "recipe.yaml");
        File.WriteAllText(recipe, $$"""
            seed: 1
            data: {manifests: [data.tsv], datasets: {an4: {kind: spelled}, fsdd: {kind: digits, tight: true} }, frames_per_batch: 400}
            tokenizer: {merges: 5}
            model: {encoder_width: 32, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 64, time_kernel: 3, phone_layers: 0, decoder_width: 32,
              decoder_layers: 1, decoder_heads: 2, decoder_kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 16, shared_expert_width: 16}
            phases:
              - {steps: {{steps}}, learning_rate: 1e-3, warmup_steps: 1, dropout: 0, token_noise: 0, draws: {an4: 1, fsdd: 1} }
            checkpoints: {save_every: {{saveEvery}}, keep: 2 }
            """);
        return recipe;
    }
}
