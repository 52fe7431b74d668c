using System.Diagnostics;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>chat as people and scripts use it: turns from standard input, errors in them, and signals.</summary>
public sealed class ChatSessionTests : IDisposable
{
    private static readonly string Seven = Path.Combine(Fixtures.Repository, "samples", "seven.wav");
    private readonly TinyChat _chat = new(change: config => config["text_config"]!["max_position_embeddings"] = 200_000);

    public ChatSessionTests() => File.WriteAllText(Path.Combine(_chat.Folder, "generation_config.json"), """{"suppress_tokens": [1756, 1758]}""");

    [Fact]
    public void A_mistake_in_a_piped_turn_does_not_end_the_conversation_and_gives_the_exit_code()
    {
        var run = Piped("/audio /nope.wav\n/what\nHello\n");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("/nope.wav", run.Error, StringComparison.Ordinal);
        Assert.Contains("/what is not a command", run.Error, StringComparison.Ordinal);
        Assert.NotEqual("", run.Output.Trim());
    }

    [Fact]
    public void A_quoted_file_is_found_and_clips_that_nothing_is_asked_about_are_told_of()
    {
        var run = Piped($"/audio \"{Seven}\"\n");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 audio file(s)", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("audio file(s)", Piped($"/audio '{Seven}'\nWhat is said?\n").Error, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Of("chat", "--model", _chat.Folder, "--audio", Seven, Seven, "--prompt", "x", "--max-tokens", "2").ExitCode);
    }

    [Fact]
    public void A_turn_without_end_is_refused_before_it_fills_the_memory()
    {
        var run = ProgramRun.Redirected("< /dev/zero", "chat", "--model", _chat.Folder);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("bytes; allowed", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_turn_that_is_no_UTF_8_is_refused_with_its_line_and_the_others_are_answered()
    {
        var file = Path.Combine(_chat.Folder, "turns.txt");
        File.WriteAllBytes(file, [.. "\uFEFFHello\r\nGr"u8, 0xFC, .. "n?\nAnd now?\n"u8]);
        var run = ProgramRun.Redirected($"< '{file}'", "chat", "--model", _chat.Folder, "--max-tokens", "4");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("standard input, line 2: found the byte 0xFC", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Error.Split("answer was cut after 4 tokens").Length - 1);
    }

    [Fact]
    public void An_argument_that_is_no_UTF_8_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the bytes of arguments are known on Linux only");
        var run = ProgramRun.Redirected("--prompt \"$(printf 'Gr\\374n')\"", "chat", "--model", _chat.Folder);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("not UTF-8", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Of("chat", "--model", _chat.Folder, "--max-tokens", "2", "--prompt", "Gr\uFFFDn").ExitCode); // it is one
    }

    [Fact]
    public void A_cut_answer_is_told_of_on_standard_error_and_in_JSON()
    {
        string[] arguments = ["chat", "--model", _chat.Folder, "--prompt", "x", "--max-tokens", "2"];
        Assert.Contains("warning: The answer was cut after 2 tokens", ProgramRun.Of(arguments).Error, StringComparison.Ordinal);
        var run = ProgramRun.Of([.. arguments, "--json"]);
        Assert.Contains("\"ended\":\"length\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"warnings\":[\"The answer was cut after 2 tokens", run.Output, StringComparison.Ordinal);
    }

    [Theory, InlineData("--top-p", "0.5"), InlineData("--top-k", "3"), InlineData("--seed", "5")]
    public void Settings_of_drawing_without_drawing_are_told_of(string option, string value)
    {
        string[] arguments = ["chat", "--model", _chat.Folder, "--prompt", "x", "--max-tokens", "2", option, value];
        Assert.Contains($"{option} has no effect", ProgramRun.Of(arguments).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("no effect", ProgramRun.Of([.. arguments, "--temperature", "1"]).Error, StringComparison.Ordinal);
    }

    [Theory, InlineData("INT", 130), InlineData("TERM", 143)]
    public async Task A_signal_while_the_program_waits_for_a_turn_ends_it_at_once(string signal, int code)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        using var process = Waiting("--max-tokens", "2");
        await process.StandardInput.WriteLineAsync("Hello");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await EndsBy(process, signal, code);
    }

    [Theory, InlineData("INT", 130), InlineData("TERM", 143)]
    public async Task A_signal_during_an_answer_ends_it_with_a_note(string signal, int code)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        using var process = Waiting("--max-tokens", "150000", "--prompt", "Hello");
        Assert.Equal(1, await process.StandardOutput.ReadAsync(new char[1], TestContext.Current.CancellationToken));
        await EndsBy(process, signal, code);
    }

    public void Dispose() => _chat.Dispose();

    private ProgramRun Piped(string turns)
    {
        var file = Path.Combine(_chat.Folder, "turns.txt");
        File.WriteAllText(file, turns);
        return ProgramRun.Redirected($"< '{file}'", "chat", "--model", _chat.Folder, "--max-tokens", "4");
    }

    private Process Waiting(params string[] more)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll"), "chat", "--model", _chat.Folder }.Concat(more)) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static async Task EndsBy(Process process, string signal, int code)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        Assert.Equal(code, process.ExitCode);
        Assert.Contains("interrupted", await error, StringComparison.Ordinal);
        await output;
    }
}
