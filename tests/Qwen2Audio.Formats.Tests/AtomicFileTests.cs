using System.Diagnostics;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

public sealed class AtomicFileTests : TestInFolder
{
    private static readonly byte[] Old = [1, 2, 3];
    private static readonly byte[] New = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    [Fact]
    public void The_bytes_are_on_the_disk_before_the_name_is_theirs_and_the_name_before_it_returns()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux makes a folder's entries durable here");
        var path = Folder.Write("x", Old);
        var steps = new List<(DiskStep Step, string Path)>();
        var temporary = "";
        using (Disk.Watch((step, at) =>
        {
            steps.Add((step, at));
            Assert.Equal(step is DiskStep.Renamed or DiskStep.FolderFlushed ? New : Old, File.ReadAllBytes(path));
            if (step == DiskStep.Created) temporary = at;
            if (step == DiskStep.HalfWritten) Assert.Equal(New[..500], TemporaryFolder.ReadBeside(at)[..500]);
            if (step == DiskStep.Flushed) Assert.Equal(New, TemporaryFolder.ReadBeside(at));
        }))
            AtomicFile.Write(path, New);
        Assert.Equal(
            [(DiskStep.Created, temporary), (DiskStep.HalfWritten, temporary), (DiskStep.Flushed, temporary), (DiskStep.Renamed, path), (DiskStep.FolderFlushed, Folder.Path)],
            steps);
        Assert.Equal(["x"], Folder.Names());
    }

    [Fact]
    public void Content_of_unknown_length_is_whole_or_absent_too()
    {
        var path = Folder.Write("x", Old);
        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(New);
            throw new InvalidDataException("what is read meanwhile is damaged");
        }));
        Assert.Equal(Old, File.ReadAllBytes(path));
        AtomicFile.Write(path, stream =>
        {
            stream.Write(New);
            stream.Write(Old);
        });
        Assert.Equal([.. New, .. Old], File.ReadAllBytes(path));
        Assert.Equal(["x"], Folder.Names());
    }

    [Fact]
    public void Flushing_a_file_goes_through_to_the_disk()
    {
        using var file = new FlushedFile(Folder["x"]);
        Disk.Flush(file);
        Assert.True(file.IsOnDisk);
    }

    [Fact]
    public void A_folder_can_be_made_durable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux offers it here");
        Assert.True(Posix.SynchroniseFolder(Folder.Path));
        Assert.False(Posix.SynchroniseFolder(Folder["none"]));
        Assert.False(Posix.SynchroniseFolder("/proc")); // can be opened, but has no disk
    }

    [Theory]
    [InlineData(nameof(DiskStep.Created))]
    [InlineData(nameof(DiskStep.HalfWritten))]
    [InlineData(nameof(DiskStep.Flushed))]
    public void An_error_at_any_step_leaves_the_old_file_and_nothing_else(string at)
    {
        var path = Folder.Write("x", Old);
        using (Disk.Watch((step, _) =>
        {
            if (step.ToString() == at) throw new IOException("no room");
        }))
            Assert.Throws<IOException>(() => AtomicFile.Write(path, New));
        Assert.Equal(Old, File.ReadAllBytes(path));
        Assert.Equal(["x"], Folder.Names());
    }

    [Fact]
    public void A_full_disk_fails_at_once_and_leaves_nothing()
    {
        const string Memory = "/dev/shm";
        Assert.SkipUnless(Directory.Exists(Memory), "there is no file system of a fixed size here");
        var folder = Directory.CreateDirectory(Path.Combine(Memory, $"qwen2audio-{Guid.NewGuid():N}"));
        try
        {
            var path = Path.Combine(folder.FullName, "x");
            File.WriteAllBytes(path, Old);
            var asked = false;
            Assert.Throws<IOException>(() => AtomicFile.Write(path, new DriveInfo(Memory).TotalSize + 4096, _ => asked = true));
            Assert.False(asked);
            Assert.Equal(Old, File.ReadAllBytes(path));
            Assert.Single(folder.GetFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(999)]
    [InlineData(1001)]
    public void Content_of_another_length_than_declared_is_refused(int declared)
    {
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Folder["x"], declared, stream => stream.Write(New)));
        Assert.Empty(Folder.Names());
    }

    [Fact]
    public void A_missing_folder_a_file_as_folder_and_a_folder_as_file_are_errors()
    {
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Folder["none/x"], New));
        Folder.Write("f", Old);
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Folder["f/x"], New));
        Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Folder.Path, New));
        Assert.Equal(["f"], Folder.Names());
    }

    /// <summary>Renaming would put a file in the place of a device, such as /dev/full.</summary>
    [Fact]
    public void A_pipe_and_a_link_to_an_open_file_stay_what_they_are()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made with mkfifo");
        using (var mkfifo = Process.Start("mkfifo", [Folder["pipe"]])) mkfifo.WaitForExit();
        File.CreateSymbolicLink(Folder["out"], "/proc/self/fd/1");
        foreach (var name in new[] { "pipe", "out" })
            Assert.Contains($"{name}: found ", Assert.Throws<IOException>(() => AtomicFile.Write(Folder[name], New)).Message, StringComparison.Ordinal);
        Assert.Contains("a named pipe", Assert.Throws<IOException>(() => AtomicFile.Require(Folder["pipe"])).Message, StringComparison.Ordinal);
        Assert.Equal("/proc/self/fd/1", new FileInfo(Folder["out"]).LinkTarget);
        Assert.Contains($"none/x: {Folder["none"]} is no folder", Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Require(Folder["none/x"])).Message, StringComparison.Ordinal);
        Assert.Equal(["out", "pipe"], Folder.Names().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Empty_files_and_long_names_are_written()
    {
        var name = new string('n', 250);
        AtomicFile.Write(Folder[name], Array.Empty<byte>());
        Assert.Equal([name], Folder.Names());
        Assert.Empty(File.ReadAllBytes(Folder[name]));
    }

    [Fact]
    public void A_disk_without_room_for_the_file_is_an_error_with_the_number_of_a_full_disk()
    {
        const string disk = "/dev/shm"; // a file system whose size is known, and that refuses more at once
        Assert.SkipUnless(Directory.Exists(disk), $"there is no {disk}");
        var error = Assert.Throws<IOException>(() => AtomicFile.Write(Path.Combine(disk, "x"), new DriveInfo(disk).TotalSize + 4096, _ => { }));
        Assert.Equal(AtomicFile.FullDisk, error.HResult);
        Assert.Contains($"bytes of {disk}/x.", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(disk, ".x.*.partial"));
    }

    [Fact]
    public void Errors_name_the_file_and_not_the_temporary_one()
    {
        var path = Folder["x"];
        var full = Assert.Throws<IOException>(() => AtomicFile.Write(path, stream => throw new IOException($"No space left on device : '{((FileStream)stream).Name}'", AtomicFile.FullDisk)));
        Assert.Equal(($"No space left on device : '{path}'", AtomicFile.FullDisk), (full.Message, full.HResult));
        Assert.Equal($"'{path}' is denied.", Assert.Throws<UnauthorizedAccessException>(() => AtomicFile.Write(path, stream => throw new UnauthorizedAccessException($"'{((FileStream)stream).Name}' is denied."))).Message);
        Assert.Empty(Folder.Names());
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc takes no files");
        Assert.Contains("'/proc/x'", Assert.Throws<IOException>(() => AtomicFile.Write("/proc/x", New)).Message, StringComparison.Ordinal);
    }

    private sealed class FlushedFile(string path) : FileStream(path, FileMode.CreateNew)
    {
        public bool IsOnDisk { get; private set; }

        public override void Flush(bool flushToDisk)
        {
            base.Flush(flushToDisk);
            IsOnDisk |= flushToDisk;
        }
    }
}
