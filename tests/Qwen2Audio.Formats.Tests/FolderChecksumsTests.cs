using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Tests;

public sealed class FolderChecksumsTests : TestInFolder
{
    private const string List = "SHA256SUMS";

    public FolderChecksumsTests()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "below"));
        File.WriteAllText(Path.Combine(Folder, "a"), "abc");
        File.WriteAllText(Path.Combine(Folder, "below", "b"), "");
        FolderChecksums.Write(Folder, List);
    }

    [Fact]
    public void The_list_is_what_sha256sum_reads()
    {
        Assert.Equal(
        [
            "# 2 files",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  below/b",
        ], File.ReadAllLines(Path.Combine(Folder, List)));
        FolderChecksums.Check(Folder, List);
        File.WriteAllText(Path.Combine(Folder, "more"), "is no matter");
        FolderChecksums.Check(Folder, List);
    }

    [Fact]
    public void All_changed_and_missing_files_are_named()
    {
        File.WriteAllText(Path.Combine(Folder, "a"), "abd");
        File.Delete(Path.Combine(Folder, "below", "b"));
        var error = Assert.Throws<CheckpointException>(() => FolderChecksums.Check(Folder, List));
        Assert.Equal(["a", "below/b"], error.Problems.Select(problem => problem.Place));
        FolderChecksums.Check(Folder, List, name => name is not ("a" or "below/b"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# 2 files\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n")]
    [InlineData("# 1 files\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  ../a\n")]
    [InlineData("# 1 files\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  /etc/passwd\n")]
    [InlineData("# 1 files\nba7816\n")]
    [InlineData("\0\0\0\0")]
    public void A_damaged_list_is_refused(string text)
    {
        File.WriteAllText(Path.Combine(Folder, List), text);
        Assert.Equal(Path.Combine(Folder, List), Assert.Throws<CheckpointException>(() => FolderChecksums.Check(Folder, List)).File);
    }
}
