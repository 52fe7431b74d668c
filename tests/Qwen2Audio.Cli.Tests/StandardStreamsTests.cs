namespace Qwen2Audio.Cli.Tests;

/// <summary>Exit codes and errors where standard output or standard error cannot be written, and errors for readers of JSON.</summary>
public sealed class StandardStreamsTests
{
    private static readonly string Date = Path.Combine("samples", "date.wav");

    [Theory]
    [InlineData(3, "transcribe", "no-such.wav")]
    [InlineData(3, "info", "no-such-model")]
    [InlineData(2, "transcribe", "--jsno")]
    [InlineData(0, "info", "models/default")]
    public void A_closed_standard_error_changes_no_exit_code(int code, params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs /bin/sh");
        foreach (var redirection in new[] { "2>&-", "2>/dev/full" })
            if (File.Exists("/dev/full")) Assert.Equal(code, ProgramRun.Redirected(redirection, arguments).ExitCode);
    }

    [Theory]
    [InlineData("transcribe", "samples/date.wav")]
    [InlineData("transcribe", "samples/date.wav", "--json")]
    [InlineData("info", "models/default")]
    public void A_standard_output_that_cannot_be_written_is_exit_code_4_and_named(params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs /bin/sh");
        foreach (var redirection in new[] { ">&-", ">/dev/full" })
        {
            var run = ProgramRun.Redirected(redirection, arguments);
            Assert.True(run.ExitCode == 4, $"{redirection}: {run.ExitCode} {run.Error}");
            Assert.Contains("cannot write to standard output", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(4, "<&- >&-", "transcribe", "samples/date.wav")] // both numbers then belong to a pipe of the runtime
    [InlineData(4, ">&- 2>&-", "transcribe", "samples/date.wav")]
    [InlineData(4, "<&- >&- 2>&-", "info", "models/default")]
    [InlineData(0, "<&-", "transcribe", "samples/date.wav")]
    [InlineData(3, "<&-", "transcribe", "/dev/stdin")]
    [InlineData(3, "", "transcribe", "/dev/fd/9")]
    [InlineData(0, "7<samples/date.wav", "transcribe", "/dev/fd/7")]
    [InlineData(0, "<&-", "tokenize", "--model", "tests/fixtures/tokenizer")] // an end of input, not a wait without one
    public void Streams_that_are_closed_when_the_program_starts_are_neither_read_nor_written(int code, string redirections, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        var run = ProgramRun.Redirected(redirections, arguments);
        Assert.True(run.ExitCode == code, $"{redirections}: {run.ExitCode} {run.Error}");
        Assert.DoesNotContain("defect", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("transcribe", "samples/date.wav", "--json", "--model", "no-such-model")]
    [InlineData("classify", "samples/date.wav", "--json", "--model", "samples")]
    [InlineData("info", "samples", "--json")]
    public void With_json_a_model_that_cannot_be_loaded_is_an_object_with_the_error_too(params string[] arguments)
    {
        var run = ProgramRun.Of(arguments);
        Assert.Equal(3, run.ExitCode);
        using var document = JsonDocument.Parse(run.Output);
        var error = document.RootElement.GetProperty("error").GetString()!;
        Assert.Equal($"qwen2audio: {error}", run.Error.Trim());
        Assert.Empty(ProgramRun.Of([.. arguments.Where(argument => argument != "--json")]).Output);
    }

    [Fact]
    public void With_json_a_file_that_cannot_be_read_has_one_object()
    {
        var run = ProgramRun.Of("transcribe", "no-such.wav", Date, "--json");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal(2, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
