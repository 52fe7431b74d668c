using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

public sealed class ResumableFileTests : TestInFolder
{
    [Fact]
    public void A_file_that_arrives_over_several_runs_gets_its_name_only_when_it_is_whole()
    {
        var path = Folder["x"];
        Assert.Equal(0, ResumableFile.LengthOf(path));
        using (var file = ResumableFile.Open(path)) file.Append([1, 2]);
        Assert.Equal(["x.incomplete"], Folder.Names());
        Assert.Equal(2, ResumableFile.LengthOf(path));
        using (var file = ResumableFile.Open(path))
        {
            Assert.Equal(2, file.Length);
            var there = new List<byte>();
            file.ReadBack(block => there.AddRange(block));
            Assert.Equal([1, 2], there);
            file.Append([3]);
            file.Publish();
        }
        Assert.Equal(["x"], Folder.Names());
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void What_is_of_no_use_is_cleared_or_discarded_and_the_old_file_stays()
    {
        var path = Folder.Write("x", [9]);
        using (var file = ResumableFile.Open(path))
        {
            file.Append([1, 2]);
            file.Clear();
            file.Append([3]);
            Assert.Equal(1, file.Length);
            file.Discard();
        }
        Assert.Equal(["x"], Folder.Names());
        Assert.Equal([9], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_download_is_on_the_disk_before_it_has_its_name_and_links_are_before_they_are_counted_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux makes a folder's entries durable here");
        var steps = new List<(DiskStep Step, string Path)>();
        using var watch = Disk.Watch((step, at) => steps.Add((step, at)));
        using (var file = ResumableFile.Open(Folder["x"]))
        {
            file.Append([1]);
            file.Publish();
        }

        Assert.Equal([(DiskStep.Flushed, Folder["x.incomplete"]), (DiskStep.Renamed, Folder["x"]), (DiskStep.FolderFlushed, Folder.Path)], steps);
        steps.Clear();
        Assert.True(FileLink.TryWrite(Folder["y"], Folder["x"]));
        FileLink.Move(Folder["x"], Folder["z"]);
        Assert.Equal(
            [(DiskStep.Renamed, Folder["y"]), (DiskStep.FolderFlushed, Folder.Path), (DiskStep.Renamed, Folder["z"]), (DiskStep.FolderFlushed, Folder.Path)], steps);
    }

    [Fact]
    public void Two_writers_of_one_file_are_refused()
    {
        using var file = ResumableFile.Open(Folder["x"]);
        Assert.ThrowsAny<IOException>(() => ResumableFile.Open(Folder["x"]));
    }

    [Fact]
    public void Links_are_relative_and_replace_what_was_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        Directory.CreateDirectory(Folder["a"]);
        Directory.CreateDirectory(Folder["b"]);
        Folder.Write("a/x", [1]);
        Folder.Write("b/y", [2]);
        Assert.True(FileLink.TryWrite(Folder["b/y"], Folder["a/x"]));
        Assert.Equal("../a/x", new FileInfo(Folder["b/y"]).LinkTarget);
        Assert.Equal([1], File.ReadAllBytes(Folder["b/y"]));
        Assert.True(FileLink.TryWrite(Folder["b/y"], Folder["a/x"]));
        Assert.Single(Directory.GetFileSystemEntries(Folder["b"]));
        Assert.Throws<DirectoryNotFoundException>(() => FileLink.TryWrite(Folder["none/y"], Folder["a/x"]));
    }
}
