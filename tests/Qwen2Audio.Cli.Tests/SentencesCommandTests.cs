namespace Qwen2Audio.Cli.Tests;

public sealed class SentencesCommandTests
{
    [Fact]
    public void Books_become_text_for_a_language_model()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["books"]);
        folder.Write("books/b.txt", "He was born in 1842 in the old town. Привет, мир. One two three four five six seven eight nine ten!");
        File.WriteAllBytes(folder["books/a.txt"], [.. "It was the caf"u8, 0xE9, .. " by the river."u8]); // Windows-1252
        folder.Write("books/notes.md", "Nobody reads this file.");
        var manifest = folder.Write("m.tsv", "path\tdataset\ttext_or_label\tsplit\na.wav\tmine\tTwo three four five six seven eight nine.\tval\nb.wav\tmine\the was born in eighteen forty two in the\ttrain\n");
        var made = ProgramRun.Of("sentences", folder["books"], "-o", folder["prose.txt"], "--without", manifest, "--json");
        Assert.Equal(0, made.ExitCode);
        Assert.Equal("it was the cafe by the river\nhe was born in eighteen forty two in the old town\n", File.ReadAllText(folder["prose.txt"]));
        Assert.Contains("a.txt', line 1: found the byte 0xE9", made.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(made.Output);
        Assert.Equal((18, 2, 1), (json.RootElement.GetProperty("words").GetInt32(), json.RootElement.GetProperty("sentences").GetInt32(), json.RootElement.GetProperty("held_out").GetInt32()));

        Assert.Contains("1 sentences have parts that cannot be spoken", made.Error, StringComparison.Ordinal);
        Assert.Equal(3, ProgramRun.Of("sentences", folder.Write("empty.txt", "你好世界"), "-o", folder["empty.out"]).ExitCode);
        Assert.False(File.Exists(folder["empty.out"]));
        Assert.Equal(2, ProgramRun.Of("sentences", folder["books"], "-o", folder["prose.txt"]).ExitCode);
        var missing = ProgramRun.Of("sentences", folder["books"], folder["none.txt"], "-o", folder["more.txt"]);
        Assert.Equal(3, missing.ExitCode);
        Assert.Contains("none.txt", missing.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["more.txt"]));
    }
}
