using System.Diagnostics;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Training as a user does it, on the user's own recordings: two sample clips.</summary>
public sealed class TrainCommandTests : TestInFolder
{
    private string Run => Path.Combine(Folder, "runs", "mine");

    [Fact]
    public void Check_looks_at_everything_and_makes_nothing()
    {
        var recipe = Recipe(steps: 4);
        var before = Directory.GetFileSystemEntries(Folder).Length;
        var run = ProgramRun.Of("train", recipe, "--check");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith($"recipe ok: {recipe}: 2 recordings", run.Output, StringComparison.Ordinal);
        Assert.Contains("recordings: 2 of 2", run.Error, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(ProgramRun.Of("train", recipe, "--check", "--json").Output);
        Assert.Equal(2, document.RootElement.GetProperty("recordings").GetInt32());
        Assert.Equal(before, Directory.GetFileSystemEntries(Folder).Length);
    }

    [Fact]
    public void A_folder_of_recipes_is_trained_stage_by_stage_and_goes_on_where_it_stopped()
    {
        var stages = Directory.CreateDirectory(Path.Combine(Folder, "stages")).FullName;
        var recipe = File.ReadAllText(Recipe(steps: 2)).Replace("data.tsv", "../data.tsv", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(stages, "1-first.yaml"), recipe);
        File.WriteAllText(Path.Combine(stages, "2-deeper.yaml"), recipe.Replace("encoder_layers: 1", "initialise_from: stage:1-first, encoder_layers: 2", StringComparison.Ordinal));

        var check = ProgramRun.Of("train", stages, "--check");
        Assert.Equal(0, check.ExitCode);
        Assert.Contains("stage:1-first, is not checked", check.Error, StringComparison.Ordinal);

        var run = ProgramRun.Of("train", stages, "--run", Run);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("stage 1 of 2: 1-first", run.Error, StringComparison.Ordinal);
        Assert.Contains("added as identity: audio_tower.layers.1", run.Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(Run, "2-deeper", "checkpoints", "step-00000002")));

        var again = ProgramRun.Of("train", stages, "--run", Run);
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("stage 2 of 2: 2-deeper, complete", again.Error, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(stages, "3-typo.yaml"), recipe.Replace("encoder_layers: 1", "initialise_from: stage:2-deep, encoder_layers: 2", StringComparison.Ordinal));
        Assert.Contains("3-typo.yaml: stage:2-deep: found no recipe 2-deep.yaml beside it; allowed: 1-first, 2-deeper, 3-typo", ProgramRun.Of("train", stages, "--check").Error, StringComparison.Ordinal);
        Assert.Contains("the folder has no recipe", ProgramRun.Of("train", Directory.CreateDirectory(Path.Combine(Folder, "none")).FullName, "--run", Run).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_tells_texts_that_cannot_be_learned()
    {
        var recipe = Recipe(steps: 4);
        var table = Path.Combine(Folder, "data.tsv");
        File.WriteAllText(table, File.ReadAllText(table).Replace("seven\ttrain", "7\ttrain", StringComparison.Ordinal));
        var run = ProgramRun.Of("train", recipe, "--check");
        Assert.Equal(3, run.ExitCode); // as the run itself: more than max_skipped_percent
        Assert.Contains("1 of 2 clips (50 %) cannot be used", run.Error, StringComparison.Ordinal);
        Assert.Contains("contains '7'; allowed: the letters a–z", run.Error, StringComparison.Ordinal);
        Assert.Equal(3, ProgramRun.Of("train", recipe, "--run", Run).ExitCode);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("frames_per_batch: 400", "frames_per_batch: 400, max_skipped_percent: 50", StringComparison.Ordinal));
        run = ProgramRun.Of("train", recipe, "--check");
        Assert.Equal(3, run.ExitCode); // a dataset that is to be drawn has no clip left
        Assert.Contains("draws.fsdd: no training clip is of this dataset", run.Error, StringComparison.Ordinal);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("draws: {an4: 1, fsdd: 1}", "draws: {an4: 1}", StringComparison.Ordinal));
        run = ProgramRun.Of("train", recipe, "--check");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 of 2 recordings have texts that cannot be learned", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data.tsv", "none.tsv", "none.tsv")]
    [InlineData("draws: {an4: 1", "draws: {an: 1", "draws.an: no training clip is of this dataset; did you mean an4?")]
    [InlineData("draws: {an4: 1, fsdd: 1}", "draws: {bogus: 1}", "phases[0].draws.bogus: no training clip is of this dataset (allowed: an4, fsdd, noise)")]
    [InlineData("an4: {kind: spelled}, ", "", "\"an4\" (1 row) of ")]
    [InlineData("an4: {kind: spelled}", "an4: {kind: unused}", "draws.an4: no training clip is of this dataset")]
    [InlineData("encoder_layers: 1", "encoder_layers: 1000000000", "model.encoder_layers is 1000000000: 1…256 is allowed")]
    [InlineData("frames_per_batch: 400", "frames_per_batch: 2000000000", "data.frames_per_batch is 2000000000: 100…100000 is allowed")]
    [InlineData("encoder_width: 32, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 64", "encoder_width: 16384, encoder_layers: 256, encoder_heads: 2, encoder_ffn: 65536", "model: its sizes make ")]
    [InlineData("experts: 2", "expert: 2", "model.expert is unknown; did you mean experts?")]
    [InlineData("experts: 2", "experts: two", "model.experts is 'two': a whole number is needed")]
    [InlineData("frames_per_batch: 400", "frames_per_batch: 400, dictionaries: [data.tsv]", "no phones|is not a phone")]
    public void A_start_that_fails_leaves_no_folder(string setting, string wrong, string message)
    {
        var recipe = Recipe(steps: 4);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace(setting, wrong, StringComparison.Ordinal));
        foreach (var arguments in new string[][] { ["train", recipe, "--check"], ["train", recipe, "--run", Run] })
        {
            var run = ProgramRun.Of(arguments);
            Assert.Equal(3, run.ExitCode);
            Assert.Contains(message.Split('|'), text => run.Error.Contains(text, StringComparison.Ordinal));
            Assert.False(Directory.Exists(Path.Combine(Folder, "runs")));
        }
    }

    [Fact]
    public void A_run_tells_how_to_use_it_and_can_be_named_as_a_model()
    {
        var run = ProgramRun.Of("train", Recipe(steps: 4), "--run", Run, "--threads", "2");
        Assert.True(run.ExitCode == 0, run.Error);
        // recordings without keywords and sounds make no empty label sets, which no command would load
        var classified = ProgramRun.Of("classify", Path.Combine("samples", "seven.wav"), "--model", Run);
        Assert.True(classified.ExitCode == 0, classified.Error);
        Assert.DoesNotContain("\"keyword\"", File.ReadAllText(Path.Combine(Run, "checkpoints", "step-00000004", "config.json")), StringComparison.Ordinal);
        Assert.Contains($"qwen2audio transcribe FILE --model {Run}", run.Output, StringComparison.Ordinal);
        Assert.Contains("weighted, mean over 4 steps", run.Output, StringComparison.Ordinal);
        var use = ProgramRun.Of("info", Run, "--json");
        Assert.Equal(0, use.ExitCode);
        Assert.Contains("step-00000004", use.Error, StringComparison.Ordinal);
        foreach (var line in File.ReadLines(Path.Combine(Run, "metrics.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var sum = new[] { "decoder", "ctc", "phones", "balance" }.Sum(part => root.GetProperty("weights").GetProperty(part).GetDouble() * root.GetProperty(part).GetDouble());
            Assert.Equal(root.GetProperty("loss").GetDouble(), sum, 1e-3);
        }
    }

    [Fact]
    public void A_run_without_a_whole_checkpoint_neither_goes_on_nor_is_a_model()
    {
        var recipe = Recipe(steps: 4);
        Assert.Equal(0, ProgramRun.Of("train", recipe, "--run", Run, "--threads", "2").ExitCode);
        var weights = Path.Combine(Run, "checkpoints", "step-00000004", "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^500] ^= 0x40;
        File.WriteAllBytes(weights, bytes);
        foreach (var arguments in new string[][] { ["train", recipe, "--run", Run], ["transcribe", Path.Combine("samples", "date.wav"), "--model", Run] })
        {
            var run = ProgramRun.Of(arguments);
            Assert.Equal(3, run.ExitCode);
            Assert.Contains("model.safetensors: found SHA-256", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        }

        Assert.Equal(bytes, File.ReadAllBytes(weights));
    }

    [Fact]
    public void A_kept_recipe_with_a_mistake_is_reported_with_the_way_to_resume_on_a_line_of_its_own()
    {
        var recipe = Recipe(steps: 4);
        Directory.CreateDirectory(Path.Combine(Run, "checkpoints"));
        File.WriteAllText(Path.Combine(Run, "recipe.yaml"), File.ReadAllText(recipe).Replace("merges: 10", "merge: 10", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(Run, "recipe.json"), JsonSerializer.Serialize(new { Command = "train", Path = recipe }));
        var run = ProgramRun.Of("train", "--resume", Run);
        Assert.Equal(3, run.ExitCode);
        var lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains("tokenizer.merge is unknown; did you mean merges?", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("  This is the recipe that ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_a_checkpoint_is_no_model_yet()
    {
        Directory.CreateDirectory(Path.Combine(Run, "checkpoints"));
        var run = ProgramRun.Of("info", Run);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("has no checkpoint yet", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(24)]
    public async Task A_run_that_begins_on_a_full_disk_ends_with_4_and_leaves_no_open_file_and_no_half_line(int freeKilobytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small disk is mounted with unshare");
        var disk = Directory.CreateDirectory(Path.Combine(Folder, "disk")).FullName;
        var recipe = Recipe(steps: 200);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("save_every: 1000000", "save_every: 1000000, retry_full_disk: false", StringComparison.Ordinal));
        // a file system of 64 KiB that only this shell sees
        var script = $"""
            mount -t tmpfs -o size=64k tmpfs '{disk}' || exit 77
            mkdir -p '{disk}/run/checkpoints' '{disk}/run/tensorboard'
            head -c 1000000 /dev/zero > '{disk}/fill' 2>/dev/null
            truncate -s -{freeKilobytes}k '{disk}/fill'
            dotnet '{Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll")}' train '{recipe}' --run '{disk}/run' --threads 1 >/dev/null
            echo "code $?"
            ls '{disk}/run/tensorboard' | sed 's/^/event /'
            cat '{disk}/run/metrics.jsonl' 2>/dev/null
            """;
        var start = new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", script]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var lines = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var error = await errors;
        Assert.SkipWhen(lines.Length == 0, $"no small disk can be mounted here: {error}");
        Assert.Equal("code 4", lines[0]);
        Assert.Contains("No space left on device", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Too many open files", error, StringComparison.Ordinal);
        Assert.InRange(lines.Count(line => line.StartsWith("event ", StringComparison.Ordinal)), 0, 1);
        foreach (var line in lines.Skip(1).Where(line => !line.StartsWith("event ", StringComparison.Ordinal))) JsonDocument.Parse(line).Dispose();
    }

    [Fact]
    public async Task Interrupted_between_steps_it_saves_and_says_where_it_stopped()
    {
        Assert.SkipWhen(Signals.CannotSend("INT") is not null, Signals.CannotSend("INT") ?? "");
        using var process = ProgramRun.Start("train", Recipe(steps: 100_000), "--run", Run, "--threads", "2");
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        var metrics = Path.Combine(Run, "metrics.jsonl");
        while (!File.Exists(metrics) && !process.HasExited) await Task.Delay(50, TestContext.Current.CancellationToken);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode); // as asked to stop by SIGTERM: what was asked for is done
        var told = await error;
        Assert.Contains("stopped at step", told, StringComparison.Ordinal);
        Assert.Contains("the same command resumes", told, StringComparison.Ordinal);
        Assert.Contains("saved", await output, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(Path.Combine(Run, "checkpoints")));
    }

    private string Recipe(int steps)
    {
        var samples = Path.Combine(Fixtures.Repository, "samples");
        foreach (var name in new[] { "date", "seven" })
            foreach (var split in new[] { "train", "val" }) File.Copy(Path.Combine(samples, $"{name}.wav"), Path.Combine(Folder, $"{name}-{split}.wav"));
        File.WriteAllText(Path.Combine(Folder, "data.tsv"), string.Join('\n',
            "path\tdataset\ttext_or_label\tsplit",
            "date-train.wav\tan4\tjanuary twenty first nineteen seventy six\ttrain", "seven-train.wav\tfsdd\tseven\ttrain",
            "date-val.wav\tan4\tjanuary twenty first nineteen seventy six\tval", "seven-val.wav\tfsdd\tseven\tval"));
        var recipe = Path.Combine(Folder, "recipe.yaml");
        File.WriteAllText(recipe, $$"""
            data: {manifests: [data.tsv], datasets: {an4: {kind: spelled}, fsdd: {kind: digits} }, frames_per_batch: 400}
            tokenizer: {merges: 10}
            model: {encoder_width: 32, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 64, phone_layers: 0, decoder_width: 32, decoder_layers: 1,
              decoder_heads: 2, decoder_kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 32, shared_expert_width: 32}
            phases:
              - {steps: {{steps}}, learning_rate: 1.0e-3, draws: {an4: 1, fsdd: 1} }
            checkpoints: {save_every: 1000000}
            """);
        return recipe;
    }
}
