using System.Diagnostics;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

public sealed class LineFileTests : TestInFolder
{
    [Fact]
    public void Lines_are_added_and_half_a_line_of_a_crash_spoils_no_other()
    {
        var path = Folder["x.jsonl"];
        LineFile.Append(path, "größe");
        LineFile.Append(path, "b");
        Assert.Equal("größe\nb\n", File.ReadAllText(path));
        File.AppendAllText(path, "{\"half");
        LineFile.Append(path, "c");
        Assert.Equal("größe\nb\n{\"half\nc\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_full_disk_leaves_no_half_line()
    {
        using var tight = new LimitedSpaceStream(8);
        LineFile.Append(tight, "first");
        Assert.Throws<IOException>(() => LineFile.Append(tight, "second"));
        tight.Room = 20;
        LineFile.Append(tight, "third");
        Assert.Equal("first\nthird\n", Encoding.UTF8.GetString(tight.ToArray()));
    }

    [Fact]
    public void A_named_pipe_and_a_folder_are_refused_without_waiting()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made with mkfifo");
        using (var mkfifo = Process.Start("mkfifo", [Folder["pipe"]])) mkfifo.WaitForExit();
        Assert.Contains("a named pipe", Assert.ThrowsAny<IOException>(() => LineFile.Append(Folder["pipe"], "x")).Message, StringComparison.Ordinal);
        Assert.Throws<UnauthorizedAccessException>(() => LineFile.Append(Folder.Path, "x"));
    }
}
