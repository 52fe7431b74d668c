using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

public sealed class AtomicFolderTests : TestInFolder
{
    [Fact]
    public void What_a_killed_process_left_is_removed_and_what_is_being_written_stays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Folders have locks on Linux alone.");
        Make(".x.0123456789abcdef0123456789abcdef.partial", "left");
        Make(".not-ours.partial", "kept");
        Make(".x.0123456789ABCDEF0123456789abcdefg.partial", "kept");
        AtomicFolder.Write(Folder["y"], inside =>
        {
            File.WriteAllText(Path.Combine(inside, "a"), "new");
            var left = Assert.Single(AtomicFolder.ClearAbandoned(Folder["z"]));
            Assert.Equal((Folder[".x.0123456789abcdef0123456789abcdef.partial"], true), (left.Path, left.Removed));
            Assert.True(left.Bytes > 0);
        });
        Assert.True(File.Exists(Path.Combine(Folder["y"], "a")));
        Assert.False(Directory.Exists(Folder[".x.0123456789abcdef0123456789abcdef.partial"]));
        Assert.Equal(2, Directory.GetDirectories(Folder.Path, ".*").Length);
        Assert.Empty(AtomicFolder.ClearAbandoned(Folder["z"]));
    }

    [Fact]
    public void A_folder_that_was_moved_aside_gets_its_name_again_when_nothing_took_its_place()
    {
        Make(".x.0123456789abcdef0123456789abcdef.partial.old", "old");
        Make(".x.0123456789abcdef0123456789abcdef.partial", "new");
        Assert.Equal(2, AtomicFolder.RemoveLeftovers(Folder.Path));
        Assert.Equal(["x"], Folder.Names());
        Assert.Equal("old", Content("x"));
    }

    [Fact]
    public void A_folder_that_was_replaced_is_removed()
    {
        Make("x", "new");
        Make(".x.0123456789abcdef0123456789abcdef.partial.old", "old");
        Assert.Equal(1, AtomicFolder.RemoveLeftovers(Folder.Path));
        Assert.Equal(["x"], Folder.Names());
        Assert.Equal("new", Content("x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_is_made_and_replaced_as_a_whole(bool exchange)
    {
        foreach (var content in new[] { "one", "two", "three" })
        {
            Write("x", content, exchange);
            Assert.Equal(["x"], Folder.Names());
            Assert.Equal(content, Content("x"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_gets_its_name_when_all_of_it_is_on_the_disk_and_the_old_one_goes_when_the_name_is(bool exchange)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux makes a folder's entries durable here");
        foreach (var old in new[] { false, true })
        {
            var steps = new List<string>();
            using (Disk.Watch((step, at) => steps.Add(at == Folder.Path ? $"{step} parent" : at == Folder["x"] ? $"{step} x" : $"{step}")))
                Write("x", "new", exchange);
            List<string> expected = ["FolderFlushed", "Renamed x", "FolderFlushed parent"];
            if (old && !exchange) expected.Insert(1, "MovedAside");
            if (old) expected.Add("Removed");
            Assert.Equal(expected, steps);
        }
    }

    [Fact]
    public void Two_names_change_places_in_one_step()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux offers it here");
        Make("a", "1");
        Make("b", "2");
        Assert.True(Posix.Exchange(Folder["a"], Folder["b"]));
        Assert.Equal(("2", "1"), (Content("a"), Content("b")));
        Assert.False(Posix.Exchange(Folder["a"], Folder["none"]));
        Assert.Equal(["a", "b"], Folder.Names().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true, nameof(DiskStep.FolderFlushed))]
    [InlineData(false, nameof(DiskStep.FolderFlushed))]
    [InlineData(false, nameof(DiskStep.MovedAside))]
    public void An_error_at_any_step_leaves_the_old_folder_and_nothing_else(bool exchange, string at)
    {
        Write("x", "old", exchange);
        using (Disk.Watch((step, _) =>
        {
            if (step.ToString() == at) throw new IOException("no room");
        }))
            Assert.Throws<IOException>(() => Write("x", "new", exchange));
        Assert.Equal(["x"], Folder.Names());
        Assert.Equal("old", Content("x"));
    }

    [Fact]
    public void A_folder_is_removed_as_a_whole()
    {
        Make("x", "old");
        var steps = new List<string>();
        using (Disk.Watch((step, at) => steps.Add($"{step} {(at == Folder.Path ? "parent" : "folder")}"))) AtomicFolder.Remove(Folder["x"]);
        Assert.Empty(Folder.Names());
        if (OperatingSystem.IsLinux()) Assert.Equal(["FolderFlushed parent", "Removed folder"], steps);
        Assert.ThrowsAny<IOException>(() => AtomicFolder.Remove(Folder["x"]));
    }

    private void Write(string name, string content, bool exchange) =>
        AtomicFolder.Write(Folder[name], inside => File.WriteAllText(Path.Combine(inside, "file"), content), exchange ? Posix.Exchange : (_, _) => false);

    private void Make(string name, string content)
    {
        Directory.CreateDirectory(Folder[name]);
        File.WriteAllText(Path.Combine(Folder[name], "file"), content);
    }

    private string Content(string name) => File.ReadAllText(Path.Combine(Folder[name], "file"));
}
