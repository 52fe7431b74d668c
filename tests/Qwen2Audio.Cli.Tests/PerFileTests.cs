using System.Buffers.Binary;
using System.Diagnostics;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Several files in one call: an error in one does not stop the others.</summary>
public sealed class PerFileTests : TestInFolder
{
    private static readonly string Date = Path.Combine(Fixtures.Repository, "samples", "date.wav");
    private static readonly string Seven = Path.Combine(Fixtures.Repository, "samples", "seven.wav");

    [Theory, InlineData("transcribe"), InlineData("classify")]
    public void The_others_are_done_and_each_failure_is_listed(string command)
    {
        string[] bad = [Bad("text.wav", "no audio"u8), Bad("empty.wav", []), Bad("low.au", Au(500)), Bad("high.au", Au(16_755_780)), Path.Combine(Folder, "missing.wav"), Folder];
        var run = ProgramRun.Of([command, .. bad[..3], Seven, .. bad[3..], Date, "--json"]);
        Assert.Equal(3, run.ExitCode);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([.. bad[..3], Seven, .. bad[3..], Date], lines.Select(line => line.GetProperty("file").GetString()));
        Assert.Equal([Seven, Date], lines.Where(line => !line.TryGetProperty("error", out _)).Select(line => line.GetProperty("file").GetString()));
        Assert.All(bad, file => Assert.Contains(file, run.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void Classify_shows_every_label_that_was_asked_for_and_says_how_many_others_there_are()
    {
        string[] labels = ["one", "two", "three", "four", "five", "six", "seven"];
        var asked = ProgramRun.Of("classify", Seven, "--labels", string.Join(',', labels)).Output;
        Assert.All(labels, label => Assert.Contains($"  {label}\n", asked, StringComparison.Ordinal));
        Assert.Contains("other labels)", ProgramRun.Of("classify", Seven).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130, "transcribe"), InlineData("TERM", 143, "transcribe"), InlineData("TERM", 143, "classify")]
    public async Task A_signal_ends_the_wait_for_a_pipe(string signal, int code, string command)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        var start = ProgramRun.Info("dotnet", [ProgramRun.Program, command, "/dev/stdin"]);
        start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        // the beginning of a longer file, more than the pipe holds: the program reads it when this is over
        byte[] begun = [.. (await File.ReadAllBytesAsync(Date, TestContext.Current.CancellationToken))[..44], .. new byte[1 << 17]];
        BinaryPrimitives.WriteInt32LittleEndian(begun.AsSpan(4), 36 + (1 << 22));
        BinaryPrimitives.WriteInt32LittleEndian(begun.AsSpan(40), 1 << 22);
        await process.StandardInput.BaseStream.WriteAsync(begun, TestContext.Current.CancellationToken);
        await process.StandardInput.BaseStream.FlushAsync(TestContext.Current.CancellationToken);
        Process.Start("kill", $"-{signal} {process.Id}").WaitForExit();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(code, process.ExitCode);
    }

    private string Bad(string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    // Sun's form: 16-bit, one channel, at a rate that is none
    private static byte[] Au(int rate)
    {
        var file = new byte[24 + 3200];
        ".snd"u8.CopyTo(file);
        foreach (var (at, value) in new[] { (4, 24), (8, 3200), (12, 3), (16, rate), (20, 1) })
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), value);
        return file;
    }
}
