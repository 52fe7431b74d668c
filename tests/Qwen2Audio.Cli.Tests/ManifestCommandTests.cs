namespace Qwen2Audio.Cli.Tests;

public sealed class ManifestCommandTests
{
    [Fact]
    public void Pairs_become_a_manifest_that_is_not_overwritten()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Fixtures.Repository, "samples", "seven.wav"), folder["a.wav"]);
        folder.Write("a.txt", "Seven");
        folder.Write("b.wav", "no audio");
        folder.Write("b.txt", "Eight");
        var made = ProgramRun.Of("manifest", folder, "-o", folder["m.tsv"], "--validation", "0", "--json");

        Assert.Equal((0, ""), (made.ExitCode, made.Error.Replace("warning: some speakers are unknown, so the same voice may be in train and in val\n", "", StringComparison.Ordinal)));
        using var json = JsonDocument.Parse(made.Output);
        Assert.Equal("pairs", json.RootElement.GetProperty("layout").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("splits").GetProperty("train").GetProperty("clips").GetInt32());
        Assert.Equal(folder["b.txt"], json.RootElement.GetProperty("skipped")[0].GetProperty("file").GetString());
        Assert.Contains(folder["b.wav"], File.ReadAllText(folder["m.tsv"] + ".skipped.jsonl"), StringComparison.Ordinal);
        Assert.Contains("a.wav\tpairs\tasr\tSeven\tunknown\ttrain", File.ReadAllText(folder["m.tsv"]), StringComparison.Ordinal);

        var again = ProgramRun.Of("manifest", folder, "-o", folder["m.tsv"]);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("already exists", again.Error, StringComparison.Ordinal);
        var unknown = ProgramRun.Of("manifest", folder, "-o", folder["n.tsv"], "--layout", "vctk");
        Assert.Equal(3, unknown.ExitCode);
        Assert.False(File.Exists(folder["n.tsv"]));
    }
}
