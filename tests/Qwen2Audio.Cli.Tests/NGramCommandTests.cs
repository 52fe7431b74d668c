namespace Qwen2Audio.Cli.Tests;

public sealed class NGramCommandTests
{
    [Fact]
    public void A_model_is_trained_measured_and_used()
    {
        using var folder = new TemporaryFolder();
        var text = folder.Write("text.txt", "January twenty first nineteen seventy six\nJanuary nineteen\nroom 12\n");
        var trained = ProgramRun.Of("ngram", text, "-o", folder["x.ngram"], "--order", "2", "--json");
        Assert.Equal((0, "warning: 1 lines contain characters other than letters and punctuation, and were left out\n"), (trained.ExitCode, trained.Error));
        using var json = JsonDocument.Parse(trained.Output);
        Assert.Equal(8, json.RootElement.GetProperty("words").GetInt32());
        Assert.Equal(new FileInfo(folder["x.ngram"]).Length, json.RootElement.GetProperty("bytes").GetInt64());

        var manifest = folder.Write("m.tsv", "path\tdataset\ttext_or_label\tsplit\na.wav\tmine\tjanuary six\tval\nb.wav\tmine\tfebruary\tval\nc.wav\tmine\tseven\ttrain\n");
        var measured = ProgramRun.Of("ngram", manifest, "--model", folder["x.ngram"]);
        Assert.Equal(0, measured.ExitCode);
        Assert.Contains("mine: perplexity ", measured.Output, StringComparison.Ordinal);
        Assert.Contains("over 3 words in 2 sentences; 33.33 % unknown words", measured.Output, StringComparison.Ordinal);

        var used = ProgramRun.Of("transcribe", Path.Combine(Fixtures.Repository, "samples", "date.wav"), "--language-model", folder["x.ngram"], "--language-model-weight", "0.5", "--word-bonus", "1");
        Assert.Equal(0, used.ExitCode);
        Assert.Equal("january twenty first nineteen seventy six\n", used.Output, ignoreCase: true);
        var damaged = ProgramRun.Of("transcribe", Path.Combine(Fixtures.Repository, "samples", "date.wav"), "--language-model", text);
        Assert.Equal(3, damaged.ExitCode);
        Assert.Contains(text, damaged.Error, StringComparison.Ordinal);
        Assert.Equal(2, ProgramRun.Of("ngram", text).ExitCode);
        Assert.Equal(2, ProgramRun.Of("ngram", text, "-o", folder["x.ngram"]).ExitCode);
    }

    [Fact]
    public void Made_up_texts_let_a_model_of_prose_know_letters_and_dates()
    {
        using var folder = new TemporaryFolder();
        var prose = folder.Write("prose.txt", "the month of january was cold\nthe month of february was not\n");
        var spoken = folder.Write("spoken.txt", "s m i t h\njanuary ninth nineteen fifty two\nseven oh three\n");
        Assert.Equal(0, ProgramRun.Of("ngram", prose, "-o", folder["prose.ngram"]).ExitCode);
        Assert.Equal(0, ProgramRun.Of("ngram", prose, "--spelled", "2000", "-o", folder["mixed.ngram"]).ExitCode);
        Assert.Contains("92.31 % unknown words", ProgramRun.Of("ngram", spoken, "--model", folder["prose.ngram"]).Output, StringComparison.Ordinal);
        Assert.Contains(" 0.00 % unknown words", ProgramRun.Of("ngram", spoken, "--model", folder["mixed.ngram"]).Output, StringComparison.Ordinal);
    }
}
