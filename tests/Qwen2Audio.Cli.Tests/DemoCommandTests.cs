using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

public sealed class DemoCommandTests
{
    [Fact]
    public void A_recording_becomes_a_page()
    {
        using var folder = new TemporaryFolder();
        var date = Path.Combine(Fixtures.Repository, "samples", "date.wav");
        var run = ProgramRun.Of("demo", "--audio", date, "--page", folder["date.html"], "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        var told = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("january twenty first nineteen seventy six", told.GetProperty("heard").GetString(), ignoreCase: true);
        var page = File.ReadAllText(folder["date.html"]);
        Assert.Contains("january twenty first nineteen seventy six", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Decoded from its tokens", page, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Of("demo", "--audio", date, "--page", folder["date.html"]).ExitCode); // a page is replaced
        var notes = folder.Write("notes.html", "mine");
        var refused = ProgramRun.Of("demo", "--audio", date, "--page", notes);
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal("mine", File.ReadAllText(notes));
    }

    [Fact]
    public void A_model_that_speaks_says_the_text()
    {
        using var speaker = new TinySpeaker();
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("demo", "One, two.", "--model", speaker.Folder, "--voice", "bea", "--page", folder["x.html"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.StartsWith("said   One, two.\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("The voice <b>bea</b> says: “One, two.”", File.ReadAllText(folder["x.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_does_not_speak_asks_for_a_recording()
    {
        using var folder = new TemporaryFolder();
        using var recogniser = new TinyModel();
        var silent = ProgramRun.Of("demo", "--model", recogniser.Folder, "--page", folder["x.html"]);
        Assert.Equal(2, silent.ExitCode);
        Assert.Contains("give a recording: --audio CLIP", silent.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }
}
