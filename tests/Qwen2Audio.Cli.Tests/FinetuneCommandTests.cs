using System.Diagnostics;
using System.Text.Json.Nodes;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Fine-tuning as a user does it: small models memorise a few answers and then give them.</summary>
public sealed class FinetuneCommandTests : TestInFolder
{
    private static readonly (string Question, string Answer)[] Talk = [("What is red?", "A rose."), ("What is blue?", "The sky."), ("What is green?", "Grass is."), ("What is white?", "Snow.")];
    private static readonly string Seven = Path.Combine(Fixtures.Repository, "samples", "seven.wav");

    private string Run => Path.Combine(Folder, "run");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_that_learned_answers_by_heart_gives_them(bool mixture)
    {
        using var tiny = Tiny(mixture);
        EndOfTextAlone(tiny);
        var run = ProgramRun.Of("finetune", Recipe(tiny, 60), "--run", Run, "--threads", "2");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains($"qwen2audio chat --model {Run}", run.Output, StringComparison.Ordinal);
        foreach (var (question, answer) in Talk) Assert.Equal(answer, Answer("--model", Run, "--prompt", question));
    }

    [Fact]
    public void So_does_its_base_with_the_adapter_that_learned_them_and_the_two_merged()
    {
        using var tiny = Tiny(mixture: false);
        EndOfTextAlone(tiny);
        var run = ProgramRun.Of("finetune", Recipe(tiny, 250, "lora: {r: 16, alpha: 32, target_modules: [all-linear]}", rate: "1.0e-2"), "--run", Run, "--threads", "2");
        Assert.True(run.ExitCode == 0, run.Error);
        var merged = Path.Combine(Folder, "merged");
        Assert.Equal(0, ProgramRun.Of("merge-lora", tiny.Folder, Run, "--out", merged).ExitCode);
        foreach (var (question, answer) in Talk)
        {
            Assert.Equal(answer, Answer("--model", tiny.Folder, "--adapter", Run, "--prompt", question));
            Assert.Equal(answer, Answer("--model", tiny.Folder, "--adapter", Path.Combine(Run, "checkpoints", "step-00000250"), "--prompt", question));
            Assert.Equal(answer, Answer("--model", merged, "--prompt", question));
        }

        var alone = ProgramRun.Of("chat", "--model", Run, "--prompt", "x");
        Assert.Equal(3, alone.ExitCode);
        Assert.Contains($"--model BASE --adapter {Run}", alone.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"type": "audio", "audio_url": PATH}, {"type": "text", "text": "Which number?"}]""", "")]
    [InlineData("\"<audio>Which number?\"", """, "audios": [PATH]""")]
    public void A_model_that_hears_learns_what_is_said(string content, string beside)
    {
        using var tiny = new TinyChat();
        var line = $$"""{"messages": [{"role": "user", "content": {{content}}}, {"role": "assistant", "content": "seven"}]{{beside}}}""";
        File.WriteAllText(Path.Combine(Folder, "talk.jsonl"), line.Replace("PATH", JsonSerializer.Serialize(Seven), StringComparison.Ordinal));
        var recipe = Recipe(tiny, 40, write: false);
        var run = ProgramRun.Of("finetune", recipe, "--run", Run, "--threads", "2");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("real time", run.Output, StringComparison.Ordinal);
        Assert.Equal("seven", Answer("--model", Run, "--audio", Seven, "--prompt", "Which number?"));
    }

    [Fact]
    public void Check_looks_at_everything_and_makes_nothing()
    {
        using var tiny = Tiny(mixture: false);
        var recipe = Recipe(tiny, 4);
        var before = Directory.GetFileSystemEntries(Folder).Length;
        var run = ProgramRun.Of("finetune", recipe, "--check");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.StartsWith($"recipe ok: {recipe}: 4 conversations, 4 steps", run.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(ProgramRun.Of("finetune", recipe, "--check", "--json").Output);
        Assert.Equal(4, document.RootElement.GetProperty("samples").GetInt32());
        Assert.Equal(before, Directory.GetFileSystemEntries(Folder).Length);
    }

    [Theory]
    [InlineData("talk.jsonl", "none.jsonl", 3, "none.jsonl")]
    [InlineData("{\"messages\"", "{\"message\"", 3, "line 1")]
    [InlineData("learning_rate: 1.0e-2", "learning_rate: high", 3, "schedule.learning_rate is 'high': a number is needed")]
    [InlineData("row_tokens: 200", "row_tokens: 20", 3, "4 of 4 samples (100 %) cannot be used")]
    [InlineData("rows: 2", "rows: 2, rows_at_once: 3", 3, "batch.rows_at_once is 3")]
    public void What_is_wrong_is_told_before_the_first_step(string setting, string wrong, int code, string message)
    {
        using var tiny = Tiny(mixture: false);
        var recipe = Recipe(tiny, 4);
        foreach (var file in new[] { recipe, Path.Combine(Folder, "talk.jsonl") }) File.WriteAllText(file, File.ReadAllText(file).Replace(setting, wrong, StringComparison.Ordinal));
        foreach (var arguments in new string[][] { ["finetune", recipe, "--check"], ["finetune", recipe, "--run", Run] })
        {
            var run = ProgramRun.Of(arguments);
            Assert.Equal(code, run.ExitCode);
            Assert.Contains(message, run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(Run, "metrics.jsonl")));
        }

        // what was refused can be begun once it is mended
        Recipe(tiny, 2);
        Assert.Equal(0, ProgramRun.Of("finetune", recipe, "--run", Run, "--threads", "1").ExitCode);
    }

    [Theory]
    [InlineData("finetune")]
    [InlineData("train")]
    public void A_run_goes_on_from_its_folder_alone(string command)
    {
        using var tiny = Tiny(mixture: true);
        var recipe = Recipe(tiny, 8, "checkpoints: {save_every: 3}");
        Assert.Equal(0, ProgramRun.Of("finetune", recipe, "--run", Run, "--threads", "1").ExitCode);
        var end = Path.Combine(Run, "checkpoints", "step-00000008", "model.safetensors");
        var whole = File.ReadAllBytes(end);
        Directory.Delete(Path.GetDirectoryName(end)!, recursive: true); // as if it had ended before
        File.Delete(recipe);
        var run = ProgramRun.Of(command, "--resume", Run, "--threads", "2");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("resuming after step 6 of 8", run.Output, StringComparison.Ordinal);
        Assert.Equal(whole, File.ReadAllBytes(end));
    }

    [Theory]
    [InlineData("needs a RECIPE, or --resume RUN")]
    [InlineData("needs --run DIR", "some.yaml")]
    [InlineData("omit RECIPE", "some.yaml", "--resume", "run")]
    [InlineData("omit --run", "--resume", "run", "--run", "other")]
    public void What_cannot_be_used_together_is_wrong_usage(string message, params string[] arguments)
    {
        foreach (var command in new[] { "train", "finetune" })
        {
            var run = ProgramRun.Of([command, .. arguments]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(message, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_no_run_or_keeps_no_recipe_is_said()
    {
        Assert.Contains("is not a training run", ProgramRun.Of("finetune", "--resume", Folder).Error, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(Run, "checkpoints"));
        var run = ProgramRun.Of("train", "--resume", Run);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("has no recipe", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A run of an earlier version: its recipe lacks or has what this one does not.</summary>
    [Theory]
    [InlineData("train")]
    [InlineData("finetune")]
    public void A_kept_recipe_that_cannot_be_used_says_how_to_resume_with_another(string command)
    {
        Directory.CreateDirectory(Path.Combine(Run, "checkpoints"));
        File.WriteAllText(Path.Combine(Run, "recipe.yaml"), "tokenizer: {weights: {an4: 3}}");
        File.WriteAllText(Path.Combine(Run, "recipe.json"), $$"""{"Command": "{{command}}", "Path": "old.yaml"}""");
        var run = ProgramRun.Of("train", "--resume", Run);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("old.yaml", run.Error, StringComparison.Ordinal);
        Assert.Contains($"qwen2audio {command} RECIPE --run {Run} --allow-changes", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task Asked_to_stop_it_finishes_the_step_saves_and_goes_on(string signal)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        using var tiny = Tiny(mixture: false);
        using (var process = ProgramRun.Start("finetune", Recipe(tiny, 1_000_000), "--run", Run, "--threads", "1"))
        {
            var (error, output) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
            while (!File.Exists(Path.Combine(Run, "metrics.jsonl")) && !process.HasExited) await Task.Delay(50, TestContext.Current.CancellationToken);
            using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            Assert.Contains("the same command resumes", await error, StringComparison.Ordinal);
            Assert.Contains("saved", await output, StringComparison.Ordinal);
        }

        Assert.Single(Directory.GetDirectories(Path.Combine(Run, "checkpoints")));
        Assert.True(File.Exists(Path.Combine(Run, "recipe.yaml")));
    }

    // as base models have it: the end of a turn ends no answer until it was learned
    private static void EndOfTextAlone(TinyChat tiny) => File.WriteAllText(Path.Combine(tiny.Folder, "generation_config.json"), """{"eos_token_id": 1756}""");

    internal static TinyChat Tiny(bool mixture) => new(acceptsAudio: false, config =>
    {
        if (!mixture) return;
        config["model_type"] = "qwen2_moe";
        foreach (var (name, value) in new (string, JsonNode)[]
        {
            ("num_experts", 4), ("num_experts_per_tok", 2), ("moe_intermediate_size", 24), ("shared_expert_intermediate_size", 32), ("decoder_sparse_step", 1),
            ("norm_topk_prob", false), ("router_aux_loss_coef", 0.01),
        })
            config[name] = value;
    });

    private static string Answer(params string[] arguments)
    {
        var run = ProgramRun.Of(["chat", .. arguments, "--temperature", "0", "--max-tokens", "20", "--threads", "2"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output.Trim();
    }

    private string Recipe(TinyChat tiny, int steps, string more = "", string rate = "1.0e-2", bool write = true)
    {
        if (write) WriteTalk(Path.Combine(Folder, "talk.jsonl"));
        var recipe = Path.Combine(Folder, "recipe.yaml");
        File.WriteAllText(recipe, $$"""
            steps: {{steps}}
            model: {base: {{tiny.Folder}}}
            data: {train: [talk.jsonl]}
            batch: {row_tokens: 200, rows: 2}
            schedule: {learning_rate: {{rate}}, type: constant}
            {{more}}
            """);
        return recipe;
    }

    internal static void WriteTalk(string path) => File.WriteAllLines(path, Talk.Select(pair =>
        "{\"messages\": " + JsonSerializer.Serialize(new[] { new { role = "user", content = pair.Question }, new { role = "assistant", content = pair.Answer } }) + "}"));
}
