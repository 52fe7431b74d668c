namespace Qwen2Audio.Cli.Tests;

/// <summary>Paths that are not regular files, names with terminal control characters, and metrics over nothing.</summary>
public sealed class ProgramFileFaultTests : TestInFolder
{
    private const string Header = "path\tdataset\ttask\ttext_or_label\tsplit\n";

    [Theory]
    [InlineData("transcribe \"$D/pipe\"")]
    [InlineData("classify \"$D/pipe\"")]
    [InlineData("evaluate \"$D/pipe\"")]
    [InlineData("train \"$D/pipe\" --run \"$D/run\"")]
    [InlineData("tokenize --file \"$D/pipe\"")]
    public void A_named_pipe_is_refused_and_never_waited_for(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are told apart on Linux only");
        var run = Shell($"mkfifo \"$D/pipe\"; timeout 60 $Q {command}");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("a named pipe", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_file_that_is_a_named_pipe_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are told apart on Linux only");
        var run = Shell("cp -r models/default/. \"$D\"; rm \"$D/vocab.json\"; mkfifo \"$D/vocab.json\"; timeout 60 $Q transcribe samples/date.wav --model \"$D\"");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("vocab.json: path: found a named pipe", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_of_a_manifest_that_is_a_named_pipe_is_left_out()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are told apart on Linux only");
        File.WriteAllText(Path.Combine(Folder, "m.tsv"), $"{Header}pipe.wav\tspeech\tasr\tone\tval\n");
        var run = Shell("mkfifo \"$D/pipe.wav\"; timeout 60 $Q evaluate \"$D/m.tsv\"");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("found a named pipe", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_input_may_be_a_pipe_when_it_is_asked_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/stdin");
        var run = Shell("cat samples/date.wav | timeout 60 $Q transcribe /dev/stdin");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("january", run.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Control_characters_of_a_file_name_are_escaped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names with line ends");
        var run = Shell("n=\"$D/a\"$'\\n\\x1b'\"[31m.wav\"; cp samples/date.wav \"$n\"; $Q transcribe \"$n\" \"$n\"; $Q transcribe \"$n.none\"");
        Assert.Equal(3, run.ExitCode);
        Assert.DoesNotContain('\u001b', run.Output + run.Error);
        Assert.All(run.Output.TrimEnd('\n').Split('\n'), line => Assert.Contains("a\\u000a\\u001b[31m.wav: january", line, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("a\\u000a\\u001b[31m.wav.none", Assert.Single(run.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_of_nothing_are_null_and_a_failure()
    {
        File.WriteAllText(Path.Combine(Folder, "m.tsv"), $"{Header}a.wav\tspeech\tasr\tone\tval\nb.wav\tspeech\tasr\ttwo\tval\n");
        var run = ProgramRun.Of("evaluate", Path.Combine(Folder, "m.tsv"), "--json");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("no clip was measured: 2 of 2 were left out", run.Error, StringComparison.Ordinal);
        Assert.Contains("a.wav", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        Assert.All(json.RootElement.GetProperty("measures").EnumerateArray(), measure => Assert.Equal(JsonValueKind.Null, measure.GetProperty("value").ValueKind));
        Assert.DoesNotContain("0.0 %", ProgramRun.Of("evaluate", Path.Combine(Folder, "m.tsv")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("50", 0)]
    [InlineData("49.9", 3)]
    [InlineData(null, 3)]
    public void More_left_out_than_allowed_is_a_failure(string? allowed, int code)
    {
        var sample = Path.Combine(Fixtures.Repository, "samples", "seven.wav");
        File.WriteAllText(Path.Combine(Folder, "m.tsv"), $"{Header}{sample}\tspeech\tasr\tseven\tval\nb.wav\tspeech\tasr\ttwo\tval\n");
        var run = ProgramRun.Of(["evaluate", Path.Combine(Folder, "m.tsv"), .. allowed is null ? Array.Empty<string>() : ["--max-skipped-percent", allowed]]);
        Assert.Equal(code, run.ExitCode);
        var listed = Assert.Single((run.Output + run.Error).Split('\n'), line => line.StartsWith("left out: ", StringComparison.Ordinal));
        Assert.Equal(2, listed.Split("b.wav").Length); // the file is named once
        Assert.Contains(listed, run.Error, StringComparison.Ordinal);
        Assert.Equal(code != 0, run.Error.Contains("1 of 2 clips were left out, 50 %", StringComparison.Ordinal));
    }

    private ProgramRun Shell(string script)
    {
        var start = ProgramRun.Info("bash", ["-c", script]);
        start.Environment["D"] = Folder;
        start.Environment["Q"] = $"dotnet {ProgramRun.Program}";
        return ProgramRun.Run(start);
    }
}
