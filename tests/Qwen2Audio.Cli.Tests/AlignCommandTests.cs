namespace Qwen2Audio.Cli.Tests;

public sealed class AlignCommandTests
{
    private static readonly string Sample = Path.Combine(Fixtures.Repository, "samples", "tickets.wav");

    [Theory]
    [InlineData("out.tsv")]
    [InlineData("out.TextGrid")]
    [InlineData("out.jsonl")]
    public void A_file_of_alignments_is_replaced_and_another_one_is_not(string name)
    {
        using var folder = new TemporaryFolder();
        const string text = "I would like to buy two tickets for the concert on Friday evening";
        for (var i = 0; i < 2; i++)
        {
            var run = ProgramRun.Of("align", Sample, text, "-o", folder[name]);
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Contains("tickets", File.ReadAllText(folder[name]), StringComparison.Ordinal);
        }

        var notes = folder.Write("notes" + Path.GetExtension(name), "mine");
        var refused = ProgramRun.Of("align", Sample, text, "-o", notes);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("already exists and is not a file of alignments", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(notes));
    }
}
