using System.Diagnostics;
using System.Runtime.CompilerServices;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

/// <summary>This program restarts itself as a child process that is killed, without any clean-up, at a named step.</summary>
public sealed class AtomicFileCrashTests
{
    private const string StepVariable = "QWEN2AUDIO_TEST_CRASH_AT";
    private const string FileVariable = "QWEN2AUDIO_TEST_CRASH_FILE";
    private const string FolderVariable = "QWEN2AUDIO_TEST_CRASH_FOLDER"; // "exchange" or "moves": the path is a folder
    private static readonly byte[] Old = [1, 2, 3];
    private static readonly byte[] New = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 3))];

    [ModuleInitializer]
    internal static void DieIfAsked()
    {
        if (Environment.GetEnvironmentVariable(StepVariable) is not { Length: > 0 } step) return;
        var path = Environment.GetEnvironmentVariable(FileVariable)!;
        var way = Environment.GetEnvironmentVariable(FolderVariable);
        using var watch = Disk.Watch((reached, at) =>
        {
            // of a folder's steps not those of its file
            if (reached.ToString() != step || (way is { Length: > 0 } && Path.GetFileName(at) == "file")) return;
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        });
        if (way is { Length: > 0 })
            AtomicFolder.Write(path, folder => AtomicFile.Write(Path.Combine(folder, "file"), New), way == "exchange" ? Posix.Exchange : (_, _) => false);
        else AtomicFile.Write(path, New);
        Environment.Exit(0);
    }

    [Theory]
    [InlineData(nameof(DiskStep.Created), false)]
    [InlineData(nameof(DiskStep.HalfWritten), false)]
    [InlineData(nameof(DiskStep.Flushed), false)]
    [InlineData(nameof(DiskStep.Renamed), true)]
    public void A_process_killed_at_any_step_leaves_the_old_file_or_the_new_one(string step, bool renamed)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x", Old);
        Die(step, path, "");
        Assert.Equal(renamed ? New : Old, File.ReadAllBytes(path));
        Assert.Equal(renamed ? 0 : 1, AtomicFile.RemoveLeftovers(folder.Path));
        Assert.Equal(["x"], folder.Names());
        AtomicFile.Write(path, New);
        Assert.Equal(New, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("exchange", nameof(DiskStep.FolderFlushed), true, false)]
    [InlineData("exchange", nameof(DiskStep.Renamed), true, true)]
    [InlineData("moves", nameof(DiskStep.FolderFlushed), true, false)]
    [InlineData("moves", nameof(DiskStep.MovedAside), false, false)]
    [InlineData("moves", nameof(DiskStep.Renamed), true, true)]
    public void A_process_killed_while_it_replaces_a_folder_leaves_the_old_one_or_the_new_one(string way, string step, bool there, bool renamed)
    {
        Assert.SkipUnless(way == "moves" || OperatingSystem.IsLinux(), "only Linux offers it here");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["x"]);
        var path = folder.Write("x/file", Old);
        Die(step, folder["x"], way);
        Assert.Equal(there, File.Exists(path));
        Assert.InRange(AtomicFolder.RemoveLeftovers(folder.Path), 1, 2);
        Assert.Equal(["x"], folder.Names());
        Assert.Equal(renamed ? New : Old, File.ReadAllBytes(path));
    }

    private static void Die(string step, string path, string way)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(AtomicFileCrashTests).Assembly.Location]) { UseShellExecute = false };
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // a killed runtime leaves its sockets in the temporary folder
        start.Environment[StepVariable] = step;
        start.Environment[FileVariable] = path;
        start.Environment[FolderVariable] = way;
        using var child = Process.Start(start)!;
        child.WaitForExit();
        Assert.NotEqual(0, child.ExitCode);
    }
}
