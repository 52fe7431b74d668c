using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Tasks.Tests;

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

    [Fact]
    public void Words_that_the_models_lexicon_lacks_are_pronounced_by_its_letter_to_sound()
    {
        using var model = new TinyModel(phones: true, books: 2); // it speaks, so its lexicon needs no language model
        using var folder = new TemporaryFolder();
        LexiconFile.Write(Path.Combine(model.Folder, LexiconFile.FileName), TinySpeaker.Words);
        var refused = ProgramRun.Of("align", Sample, "one rin", "--model", model.Folder);
        Assert.Equal(3, refused.ExitCode);
        Assert.StartsWith($"qwen2audio: {Sample}: The dictionary has no pronunciation of \"rin\"", refused.Error, StringComparison.Ordinal);
        var dictionary = folder.Write("x.dict", "in IH1 N\nrid R IH1 D\nred R EH1 D\n");
        Assert.Equal(0, ProgramRun.Of("letter-to-sound", dictionary, "-o", Path.Combine(model.Folder, LetterToSound.FileName)).ExitCode);
        var aligned = ProgramRun.Of("align", Sample, "one rin", "--model", model.Folder, "--json");
        Assert.True(aligned.ExitCode == 0, aligned.Error);
        Assert.Equal("rin", JsonDocument.Parse(aligned.Output).RootElement.GetProperty("words")[1].GetProperty("text").GetString());
    }
}
