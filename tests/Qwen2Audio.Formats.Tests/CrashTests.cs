using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Qwen2Audio.Formats.Tests;

/// <summary>This program starts itself again as a child that is killed, without any clean-up, at a named step.</summary>
public sealed class CrashTests
{
    private const string StepVariable = "QWEN2AUDIO_TEST_CRASH_AT";
    private const string FileVariable = "QWEN2AUDIO_TEST_CRASH_FILE";
    private static readonly byte[] Old = [1, 2, 3];
    private static readonly byte[] New = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 3))];

    [ModuleInitializer]
    internal static void DieIfAsked()
    {
        if (Environment.GetEnvironmentVariable(StepVariable) is not { Length: > 0 } step) return;
        AtomicFile.Write(Environment.GetEnvironmentVariable(FileVariable)!, New, reached =>
        {
            if (reached.ToString() != step) return;
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        });
        Environment.Exit(0);
    }

    [Theory]
    [InlineData(AtomicFileStep.Created, false)]
    [InlineData(AtomicFileStep.HalfWritten, false)]
    [InlineData(AtomicFileStep.Flushed, false)]
    [InlineData(AtomicFileStep.Renamed, true)]
    public void D1_D4_a_process_killed_at_any_step_leaves_the_old_file_or_the_new_one(AtomicFileStep step, bool renamed)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x", Old);
        var start = new ProcessStartInfo("dotnet", [typeof(CrashTests).Assembly.Location]) { UseShellExecute = false };
        start.Environment[StepVariable] = step.ToString();
        start.Environment[FileVariable] = path;
        using (var child = Process.Start(start)!)
        {
            child.WaitForExit();
            Assert.NotEqual(0, child.ExitCode);
        }
        Assert.Equal(renamed ? New : Old, File.ReadAllBytes(path));
        Assert.Equal(renamed ? 0 : 1, AtomicFile.RemoveLeftovers(folder.Path));
        Assert.Equal(["x"], folder.Names());
        AtomicFile.Write(path, New);
        Assert.Equal(New, File.ReadAllBytes(path));
    }
}
