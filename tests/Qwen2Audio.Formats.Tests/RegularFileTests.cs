using System.Diagnostics;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

public sealed class RegularFileTests
{
    [Fact]
    public void A_missing_file_and_a_folder_are_refused_at_once()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("no such file", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("a folder", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<ConfigException>(() => ConfigObject.Open(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("a folder", Assert.Throws<ConfigException>(() => ConfigObject.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_pipe_is_refused_and_never_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made with mkfifo");
        using var folder = new TemporaryFolder();
        using (var mkfifo = Process.Start("mkfifo", [folder["model.safetensors"]])) mkfifo.WaitForExit();
        Assert.Contains("a named pipe", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["model.safetensors"])).Message, StringComparison.Ordinal);
        folder.Write("config.json", "{}");
        Assert.Contains("a named pipe", Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/zero is a Linux device");
        Assert.Contains("a device", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open("/dev/zero")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_read_permission_is_refused()
    {
        Assert.SkipWhen(Environment.UserName == "root", "the superuser may read everything");
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.safetensors", SafetensorsBytes.Build("{}", 0));
        File.SetUnixFileMode(path, UnixFileMode.None);
        Assert.Contains("cannot be opened", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }
}
