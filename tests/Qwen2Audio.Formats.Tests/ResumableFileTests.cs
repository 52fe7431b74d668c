using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

public sealed class ResumableFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_arrives_over_several_runs_gets_its_name_only_when_it_is_whole()
    {
        var path = _folder["x"];
        Assert.Equal(0, ResumableFile.LengthOf(path));
        using (var file = ResumableFile.Open(path)) file.Append([1, 2]);
        Assert.Equal(["x.incomplete"], _folder.Names());
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
        Assert.Equal(["x"], _folder.Names());
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void What_is_of_no_use_is_cleared_or_discarded_and_the_old_file_stays()
    {
        var path = _folder.Write("x", [9]);
        using (var file = ResumableFile.Open(path))
        {
            file.Append([1, 2]);
            file.Clear();
            file.Append([3]);
            Assert.Equal(1, file.Length);
            file.Discard();
        }
        Assert.Equal(["x"], _folder.Names());
        Assert.Equal([9], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_download_is_on_the_disk_before_it_has_its_name_and_links_are_before_they_are_counted_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux makes a folder's entries durable here");
        var steps = new List<(DiskStep Step, string Path)>();
        using var watch = Disk.Watch((step, at) => steps.Add((step, at)));
        using (var file = ResumableFile.Open(_folder["x"]))
        {
            file.Append([1]);
            file.Publish();
        }

        Assert.Equal([(DiskStep.Flushed, _folder["x.incomplete"]), (DiskStep.Renamed, _folder["x"]), (DiskStep.FolderFlushed, _folder.Path)], steps);
        steps.Clear();
        Assert.True(FileLink.TryWrite(_folder["y"], _folder["x"]));
        FileLink.Move(_folder["x"], _folder["z"]);
        Assert.Equal(
            [(DiskStep.Renamed, _folder["y"]), (DiskStep.FolderFlushed, _folder.Path), (DiskStep.Renamed, _folder["z"]), (DiskStep.FolderFlushed, _folder.Path)], steps);
    }

    [Fact]
    public void Two_writers_of_one_file_are_refused()
    {
        using var file = ResumableFile.Open(_folder["x"]);
        Assert.ThrowsAny<IOException>(() => ResumableFile.Open(_folder["x"]));
    }

    [Fact]
    public void Links_are_relative_and_replace_what_was_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        Directory.CreateDirectory(_folder["a"]);
        Directory.CreateDirectory(_folder["b"]);
        _folder.Write("a/x", [1]);
        _folder.Write("b/y", [2]);
        Assert.True(FileLink.TryWrite(_folder["b/y"], _folder["a/x"]));
        Assert.Equal("../a/x", new FileInfo(_folder["b/y"]).LinkTarget);
        Assert.Equal([1], File.ReadAllBytes(_folder["b/y"]));
        Assert.True(FileLink.TryWrite(_folder["b/y"], _folder["a/x"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder["b"]));
        Assert.Throws<DirectoryNotFoundException>(() => FileLink.TryWrite(_folder["none/y"], _folder["a/x"]));
    }
}
