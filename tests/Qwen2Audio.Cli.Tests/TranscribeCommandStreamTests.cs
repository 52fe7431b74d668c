using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Qwen2Audio.Cli.Tests;

/// <summary>transcribe --stream, with the shipped model.</summary>
public sealed class TranscribeCommandStreamTests
{
    private static readonly string Shipped = Path.Combine(Fixtures.Repository, "models", "default");
    private static readonly string Sample = Path.Combine(Fixtures.Repository, "samples", "date.wav");

    [Fact]
    public void A_pipe_gives_partial_texts_and_then_what_the_file_gives()
    {
        var piped = ProgramRun.Redirected($"< '{Sample}'", "transcribe", "-", "--stream", "--json");
        Assert.True(piped.ExitCode == 0, piped.Error);
        var lines = Lines(piped.Output);
        Assert.All(lines, line => Assert.Equal("-", line.GetProperty("file").GetString()));
        Assert.True(lines.Count > 1);
        Assert.All(lines.SkipLast(1).Zip(lines.Skip(1)), pair => Assert.True(pair.First.GetProperty("end").GetDouble() <= pair.Second.GetProperty("end").GetDouble()));
        Assert.False(lines[0].GetProperty("final").GetBoolean());
        Assert.False(lines[0].TryGetProperty("words", out _));
        Assert.True(lines[^1].GetProperty("final").GetBoolean());
        Assert.True(lines[^1].TryGetProperty("words", out _));

        var file = ProgramRun.Of("transcribe", Sample, "--stream", "--json");
        Assert.Equal(lines.Select(Text), Lines(file.Output).Select(Text));

        var plain = ProgramRun.Redirected($"< '{Sample}'", "transcribe", "-", "--stream");
        Assert.Equal(string.Join('\n', lines.Where(line => line.GetProperty("final").GetBoolean()).Select(Text).Where(text => text.Length > 0)), plain.Output.Trim());
        Assert.Contains("chunks of 12 rows (delay 482.5 ms)", ProgramRun.Of("info").Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_comes_while_the_audio_goes_on()
    {
        var token = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll"), "transcribe", "-", "--stream", "--json" }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var sound = File.ReadAllBytes(Sample);
        await process.StandardInput.BaseStream.WriteAsync(sound.AsMemory(0, sound.Length / 2), token);
        await process.StandardInput.BaseStream.FlushAsync(token);
        var line = await process.StandardOutput.ReadLineAsync(token); // waits until it comes
        Assert.False(JsonDocument.Parse(line!).RootElement.GetProperty("final").GetBoolean());
        await process.StandardInput.BaseStream.WriteAsync(sound.AsMemory(sound.Length / 2), token);
        process.StandardInput.Close();
        Assert.EndsWith("}", (await process.StandardOutput.ReadToEndAsync(token)).Trim(), StringComparison.Ordinal);
        await process.WaitForExitAsync(token);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>A reader that has gone ends the work, so that a live sound is not transcribed for nobody.</summary>
    [Fact]
    public void A_pipe_without_a_reader_ends_the_work()
    {
        using var folder = new TemporaryFolder();
        foreach (var arguments in new[] { "transcribe - --stream --json", "transcribe - --json", $"classify '{Sample}'" })
        {
            var (gone, code) = (folder[$"gone-{arguments.Length}"], folder[$"code-{arguments.Length}"]);
            var run = ProgramRun.Run(ProgramRun.Info("/bin/sh", ["-c",
                $"{{ until [ -e '{gone}' ]; do sleep 0.01; done; dotnet '{ProgramRun.Program}' {arguments} < '{Sample}'; echo $? > '{code}'; }} | {{ exec <&-; touch '{gone}'; }}"]));
            Assert.Contains("cannot write to standard output", run.Error, StringComparison.Ordinal);
            Assert.Equal("4", File.ReadAllText(code).Trim());
        }
    }

    [Theory, InlineData("INT", 130), InlineData("TERM", 143)]
    public async Task A_signal_ends_the_input_and_the_utterance_gets_its_final_text(string signal, int code)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        var token = TestContext.Current.CancellationToken;
        using var process = await Listening(token);
        Process.Start("kill", $"-{signal} {process.Id}").WaitForExit();
        var lines = Lines(await process.StandardOutput.ReadToEndAsync(token));
        await process.WaitForExitAsync(token);
        Assert.Equal(code, process.ExitCode);
        Assert.True(lines[^2].GetProperty("final").GetBoolean());
        Assert.NotEmpty(Text(lines[^2]));
        Assert.Equal("interrupted", lines[^1].GetProperty("error").GetString());
    }

    [Theory, InlineData("INT", 130), InlineData("TERM", 143)]
    public async Task A_second_signal_ends_the_program(string signal, int code)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        using var process = await Listening(TestContext.Current.CancellationToken);
        // without a pause: the second comes before the text is final
        using (var kill = Process.Start("sh", ["-c", $"while kill -{signal} {process.Id} 2>/dev/null; do :; done"])) kill.WaitForExit();
        var told = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(code, process.ExitCode);
        Assert.Contains("interrupted", told, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_input_is_transcribed_without_a_stream_too()
    {
        var run = ProgramRun.Redirected($"< '{Sample}'", "transcribe", "-");
        Assert.Equal(ProgramRun.Of("transcribe", Sample).Output, run.Output);
        run = ProgramRun.Redirected("< /dev/null", "transcribe", "-");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("standard input", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_for_whole_clips_are_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Shipped)) File.Copy(file, folder[Path.GetFileName(file)]);
        var json = JsonNode.Parse(File.ReadAllText(folder["config.json"]))!;
        Assert.True(json["audio_config"]!.AsObject().Remove("chunk_rows") && json["audio_config"]!.AsObject().Remove("left_chunks"));
        File.WriteAllText(folder["config.json"], json.ToJsonString());
        var run = ProgramRun.Of("transcribe", Sample, Sample, "--stream", "--model", folder);
        Assert.Equal(3, run.ExitCode);
        Assert.Equal(2, run.Error.Split("was trained for whole clips only").Length); // once, not for each file
        Assert.Empty(run.Output);
    }

    /// <summary>The program after its first text, with two thirds of a file and an input that stays open.</summary>
    private async Task<Process> Listening(CancellationToken token)
    {
        var start = ProgramRun.Info("dotnet", [ProgramRun.Program, "transcribe", "-", "--stream", "--json"]);
        start.RedirectStandardInput = true;
        var process = Process.Start(start)!;
        var sound = File.ReadAllBytes(Sample);
        await process.StandardInput.BaseStream.WriteAsync(sound.AsMemory(0, sound.Length * 2 / 3), token);
        await process.StandardInput.BaseStream.FlushAsync(token);
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(token));
        return process;
    }

    private static string Text(JsonElement line) => line.GetProperty("text").GetString()!;

    private static List<JsonElement> Lines(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}
