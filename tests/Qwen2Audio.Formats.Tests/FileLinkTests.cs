using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Tests;

/// <summary>Links from a snapshot to the blobs of its repository are followed; all others are rejected.</summary>
public sealed class FileLinkTests : TestInFolder
{
    private const string Out = "a link that points outside the folder";
    private readonly string _snapshot;

    public FileLinkTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege there");
        _snapshot = MakeRepository("models--a--b");
        File.WriteAllText(Path.Combine(_snapshot, "config.json"), "{}");
    }

    [Fact]
    public void A_snapshot_of_a_download_cache_is_opened()
    {
        Link("../../blobs/h");
        using (var checkpoint = CheckpointFolder.Open(_snapshot)) Assert.Single(checkpoint.Tensors);
        var shortcut = Folder["shortcut"];
        Directory.CreateSymbolicLink(shortcut, _snapshot);
        using (var checkpoint = CheckpointFolder.Open(shortcut)) Assert.Single(checkpoint.Tensors);
    }

    [Theory]
    [InlineData("../../../models--c--d/blobs/h")] // another repository
    [InlineData("../../blobs/sub/h")]
    [InlineData("../../h")]
    [InlineData("../../refs/h")]
    [InlineData("../other/h")] // another snapshot
    [InlineData("../../blobs/../../../outside")]
    [InlineData("../../blobs/out")] // a blob that is itself a link
    [InlineData("../../../../../../../../../../etc/hostname")]
    public void Other_links_out_of_a_snapshot_are_refused(string target)
    {
        var repository = Path.GetFullPath("../..", _snapshot);
        MakeRepository("models--c--d");
        foreach (var place in new[] { "blobs/sub/h", "h", "refs/h", "snapshots/other/h", "../outside" })
        {
            var copy = Path.GetFullPath(place, repository);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(repository, "blobs/h"), copy, overwrite: true);
        }
        File.CreateSymbolicLink(Path.Combine(repository, "blobs/out"), Folder["outside"]);
        Link(target);
        Refused(_snapshot);
    }

    [Fact]
    public void A_blobs_folder_that_is_itself_a_link_is_refused()
    {
        var repository = Path.GetFullPath("../..", _snapshot);
        Directory.Move(Path.Combine(repository, "blobs"), Folder["elsewhere"]);
        Directory.CreateSymbolicLink(Path.Combine(repository, "blobs"), Folder["elsewhere"]);
        Link("../../blobs/h");
        Refused(_snapshot);
    }

    [Theory]
    [InlineData("models--a--b/other/1")] // not a folder of snapshots
    [InlineData("models--a--b/snapshots/1/sub")] // deeper
    public void The_same_link_in_another_folder_is_refused(string folder)
    {
        var full = Directory.CreateDirectory(Folder[folder]).FullName;
        var blobs = Directory.CreateDirectory(Path.GetFullPath("../../blobs", full)).FullName;
        if (!File.Exists(Path.Combine(blobs, "h"))) File.Copy(Folder["models--a--b/blobs/h"], Path.Combine(blobs, "h"));
        File.WriteAllText(Path.Combine(full, "config.json"), "{}");
        File.CreateSymbolicLink(Path.Combine(full, "model.safetensors"), "../../blobs/h");
        Refused(full);
    }

    private static void Refused(string folder) =>
        Assert.Contains(Out, Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(folder)).Message, StringComparison.Ordinal);

    private void Link(string target) => File.CreateSymbolicLink(Path.Combine(_snapshot, "model.safetensors"), target);

    private string MakeRepository(string name)
    {
        Directory.CreateDirectory(Folder[name + "/blobs"]);
        SafetensorsWriter.Write(Folder[name + "/blobs/h"], [NewTensor.Floats("a", [1], new float[1])]);
        return Directory.CreateDirectory(Folder[name + "/snapshots/1"]).FullName;
    }
}
