using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Cli.Tests;

/// <summary>What must not end training, and what ends it cleanly.</summary>
public sealed class TrainCommandSignalTests : TestInFolder
{
    public TrainCommandSignalTests()
    {
        for (var i = 0; i < 6; i++)
        {
            var samples = new float[8000];
            for (var n = 0; n < samples.Length; n++) samples[n] = (float)(0.3 * Math.Sin(0.1 * (i + 1) * n));
            using var file = File.Create(Path.Combine(Folder, $"{i}.wav"));
            WavWriter.Write(file, samples, 16_000);
        }
    }

    private string Recipe => Path.Combine(Folder, "recipe.yaml");

    private string Run => Path.Combine(Folder, "run");

    [Fact]
    public void A_manifest_without_rows_to_measure_on_is_a_warning_before_the_first_step()
    {
        Write(steps: 2, split: "train");
        var run = ProgramRun.Of("train", Recipe, "--run", Run, "--threads", "1");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("no row of split \"val\"", run.Error, StringComparison.Ordinal);
        Assert.Equal(["step-00000002"], Checkpoints());
    }

    [Fact]
    public void A_measurement_that_fails_is_a_warning_and_training_goes_on()
    {
        Write(steps: 40, split: "val", saving: "{save_every: 1, evaluate_every: 1, keep: 1}");
        using var program = Start();
        UntilTrained(program);
        File.Delete(Path.Combine(Folder, "manifest.tsv")); // what the rest is measured on
        var errors = program.StandardError.ReadToEnd();
        program.WaitForExit();
        Assert.Equal(0, program.ExitCode);
        Assert.Equal(["step-00000040"], Checkpoints());
        Assert.Contains("cannot be measured", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_speech_run_keeps_its_measurements_and_its_best_checkpoint()
    {
        Write(steps: 4, split: "val", saving: "{save_every: 2, evaluate_every: 2, keep: 1}");
        var run = ProgramRun.Of("train", Recipe, "--run", Run, "--threads", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        var lines = File.ReadAllLines(Path.Combine(Run, "validation.jsonl"));
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("{\"step\":2,\"error\":", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"Figure\":", File.ReadAllText(Path.Combine(Run, "best.json")), StringComparison.Ordinal);
        Assert.Contains("(best: the checkpoint after step", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void SIGTERM_finishes_the_step_saves_and_exits_with_0_and_a_second_one_ends_at_once() => StopsAndEnds("TERM", 143);

    [Fact]
    public void CtrlC_finishes_the_step_saves_and_exits_with_0_and_a_second_one_ends_at_once() => StopsAndEnds("INT", 130);

    private void StopsAndEnds(string signal, int code)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        Write(steps: 100_000, split: "train", model: "encoder_width: 192, encoder_layers: 4, encoder_heads: 4, encoder_ffn: 768, ", frames: 10_000);
        using (var program = Start())
        {
            UntilTrained(program);
            Send(program, signal);
            program.WaitForExit();
            Assert.Equal(0, program.ExitCode);
        }

        var saved = Assert.Single(Checkpoints());
        var state = Path.Combine(Run, "checkpoints", saved, "training", "state.safetensors");
        var bytes = File.ReadAllBytes(state);
        File.Delete(Path.Combine(Run, "metrics.jsonl"));
        using (var program = Start())
        {
            UntilTrained(program);
            // without a pause: the second comes before the step is done
            using (var kill = Process.Start("sh", ["-c", $"while kill -{signal} {program.Id} 2>/dev/null; do :; done"])) kill.WaitForExit();
            program.WaitForExit();
            Assert.Equal(code, program.ExitCode);
            var told = program.StandardError.ReadToEnd();
            Assert.DoesNotContain("Unhandled", told, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
        }

        Assert.Contains(saved, Checkpoints());
        Assert.Equal(bytes, File.ReadAllBytes(state));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public void A_signal_before_the_first_step_ends_with_its_code_and_after_it_with_0(string signal, int code)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        Write(steps: 100_000, split: "train");
        var manifest = Path.Combine(Folder, "manifest.tsv");
        // takes a while to read
        for (var i = 6; i < 300; i++)
        {
            using (var file = File.Create(Path.Combine(Folder, $"{i}.wav"))) WavWriter.Write(file, [.. Enumerable.Range(0, 16_000).Select(n => (float)(0.3 * Math.Sin(0.001 * i * n)))], 16_000);
            File.AppendAllText(manifest, $"{i}.wav\tfsdd\tone\ts\ttrain\n");
        }

        using var program = Start();
        Until("holder", program); // the run is begun, its data is being read
        Send(program, signal);
        var errors = program.StandardError.ReadToEnd();
        program.WaitForExit();
        Assert.Equal(File.Exists(Path.Combine(Run, "metrics.jsonl")) ? 0 : code, program.ExitCode);
        Assert.True(errors.Contains("the same command", StringComparison.Ordinal), errors);
    }

    [Fact]
    public void The_README_names_the_exit_codes_of_the_program()
    {
        var text = Regex.Match(File.ReadAllText(Path.Combine(Fixtures.Repository, "README.md")), @"Exit codes: .*?\.\s[A-Z]", RegexOptions.Singleline).Value;
        var named = Regex.Matches(text, @"\b\d+\b").Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture));
        var codes = Assembly.Load("qwen2audio").GetType("Qwen2Audio.Cli.Output.ExitCodes", throwOnError: true)!
            .GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (int)field.GetRawConstantValue()!);
        Assert.Equal(codes.Order(), named.Order());
    }

    private void Write(int steps, string split, string saving = "{save_every: 100000, keep: 2}", string model = "", int frames = 200)
    {
        var rows = Enumerable.Range(0, 6).Select(i => $"{i}.wav\tfsdd\t{(i % 2 == 0 ? "one" : "two")}\ts\t{(i == 5 ? split : "train")}");
        File.WriteAllLines(Path.Combine(Folder, "manifest.tsv"), rows.Prepend("path\tdataset\ttext_or_label\tspeaker\tsplit"));
        if (model.Length == 0) model = "encoder_width: 16, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 16, ";
        File.WriteAllText(Recipe, $$$"""
            data: {manifests: [manifest.tsv], datasets: {fsdd: {kind: digits} }, frames_per_batch: {{{frames}}} }
            tokenizer: {merges: 2}
            model: { {{{model}}} time_kernel: 3, phone_layers: 0, decoder_width: 16, decoder_layers: 1, decoder_heads: 2, decoder_kv_heads: 1,
              experts: 2, experts_per_token: 1, expert_width: 8, shared_expert_width: 8}
            phases:
              - {steps: {{{steps}}}, learning_rate: 1e-3, draws: {fsdd: 1}}
            checkpoints: {{{saving}}}
            """);
    }

    private string[] Checkpoints() =>
        [.. Directory.GetDirectories(Path.Combine(Run, "checkpoints"), "step-*").Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll"), "train", Recipe, "--run", Run, "--threads", "1" })
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private void UntilTrained(Process program) => Until("metrics.jsonl", program);

    private void Until(string file, Process program)
    {
        while (!File.Exists(Path.Combine(Run, file)))
        {
            Assert.False(program.HasExited, $"{file} did not come");
            Thread.Sleep(20);
        }
    }

    private static void Send(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
