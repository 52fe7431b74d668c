using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>pronounce and letter-to-sound.</summary>
public sealed class PronounceCommandTests
{
    private const string Dictionary = "one W AH1 N\ntwo T UW1\nthin TH IH1 N\ntin T IH1 N\nin IH1 N\nred R EH1 D\nrid R IH1 D\nreed R IY1 D\nread R IY1 D\nread(2) R EH1 D\nree R IY1\n";

    [Fact]
    public void A_text_becomes_words_phones_pauses_and_warnings()
    {
        using var folder = new TemporaryFolder();
        var dictionary = folder.Write("x.dict", Dictionary);
        var shown = ProgramRun.Of("pronounce", "One, 2 😀!\n\nIn", "--dictionary", dictionary);
        Assert.Equal("one, two¶\n  W AH1 N, T UW1¶\nin.\n  IH1 N.\n", shown.Output);
        Assert.Equal((0, "warning: \"😀\" was left out: this symbol cannot be spoken (character 8)\n"), (shown.ExitCode, shown.Error));

        using var json = JsonDocument.Parse(ProgramRun.Of("pronounce", "In 2?", "--dictionary", dictionary, "--json").Output);
        Assert.Equal(("In 2?", 0, "question"), (json.RootElement.GetProperty("text").GetString(), json.RootElement.GetProperty("start").GetInt32(), json.RootElement.GetProperty("ending").GetString()));
        var word = json.RootElement.GetProperty("words")[1];
        Assert.Equal(("two", "T UW1", "dictionary", "sentence", 3, 1), (word.GetProperty("text").GetString(), word.GetProperty("phones").GetString(), word.GetProperty("source").GetString(),
            word.GetProperty("break").GetString(), word.GetProperty("start").GetInt32(), word.GetProperty("length").GetInt32()));
    }

    [Fact]
    public void Text_comes_from_a_file_or_standard_input()
    {
        using var folder = new TemporaryFolder();
        var (dictionary, text) = (folder.Write("x.dict", Dictionary), folder.Write("text.txt", "One.\nTwo."));
        const string spoken = "one.\n  W AH1 N.\ntwo.\n  T UW1.\n";
        Assert.Equal(spoken, ProgramRun.Of("pronounce", "--file", text, "--dictionary", dictionary).Output);
        Assert.Equal(spoken, ProgramRun.Redirected($"< {text}", "pronounce", "--dictionary", dictionary).Output);
        Assert.Equal(spoken, ProgramRun.Redirected($"< {text}", "pronounce", "-", "--dictionary", dictionary).Output);
        var silent = ProgramRun.Of("pronounce", " ", "--dictionary", dictionary);
        Assert.Equal((0, "", "warning: the text has nothing that can be spoken\n"), (silent.ExitCode, silent.Output, silent.Error));
    }

    [Fact]
    public void A_lexicon_prefers_the_first_pronunciation_and_letter_to_sound_has_the_rest()
    {
        using var folder = new TemporaryFolder();
        var dictionary = folder.Write("x.dict", Dictionary + "reader R IY1 D ER0\nreader(2) R AY1 D ER0\n");
        Assert.Equal(0, ProgramRun.Of("lexicon", dictionary, "-o", folder["x.lexicon"]).ExitCode);
        Assert.Matches(@"g\.ngram: [1-9]\d*\.\d KiB, ", ProgramRun.Of("letter-to-sound", dictionary, "-o", folder["g.ngram"]).Output);
        Assert.Equal(2, ProgramRun.Of("letter-to-sound", dictionary, "-o", folder["g.ngram"]).ExitCode);
        var shown = ProgramRun.Of("pronounce", "reader rin", "--lexicon", folder["x.lexicon"], "--letter-to-sound", folder["g.ngram"]);
        Assert.Equal((0, "reader rin.\n  R IY D ER | R IH N.\n", ""), (shown.ExitCode, shown.Output, shown.Error));
        if (WordPronunciations.Find(LetterToSound.FileName, SpeechModel.DefaultFolder()) is not null) return; // the shipped model pronounces the next one
        var spelled = ProgramRun.Of("pronounce", "rin", "--lexicon", folder["x.lexicon"]);
        Assert.Equal((0, "r i n.\n  AA R | AY | EH N.\n"), (spelled.ExitCode, spelled.Output));
        Assert.StartsWith("warning: \"rin\" has no pronunciation", spelled.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Speak_says_first_that_a_model_does_not_speak()
    {
        using var folder = new TemporaryFolder();
        using var recogniser = new TinyModel();
        foreach (var model in new[] { recogniser.Folder, Path.Combine(Fixtures.Repository, "models", "default", "codec") })
        {
            var refused = ProgramRun.Of("speak", "one", folder["out.wav"], "--model", model, "--dictionary", folder["none.dict"]);
            Assert.Equal(3, refused.ExitCode);
            Assert.Contains($"{model} is not a model that speaks: config.json has no section \"synthesis\"", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Wrong_files_and_options_are_errors()
    {
        using var folder = new TemporaryFolder();
        var dictionary = folder.Write("x.dict", Dictionary);
        LexiconFile.Write(folder["x.lexicon"], new Lexicon(["a"], [new Pronunciation(0, [1])]));
        Assert.Equal(2, ProgramRun.Of("pronounce", "one", "--dictionary", dictionary, "--lexicon", folder["x.lexicon"]).ExitCode);
        Assert.Equal(2, ProgramRun.Of("pronounce", "one", "--file", dictionary, "--dictionary", dictionary).ExitCode);
        Assert.Equal(3, ProgramRun.Of("pronounce", "one", "--dictionary", folder["none.dict"]).ExitCode);
        Assert.Equal(3, ProgramRun.Of("pronounce", "one", "--lexicon", dictionary).ExitCode);
        Assert.Equal(0, ProgramRun.Of("ngram", folder.Write("text.txt", "one two\n"), "-o", folder["x.ngram"], "--order", "1").ExitCode);
        var words = ProgramRun.Of("pronounce", "one", "--dictionary", dictionary, "--letter-to-sound", folder["x.ngram"]);
        Assert.Equal(3, words.ExitCode);
        Assert.Contains("x.ngram: vocabulary: found words that are not graphones", words.Error, StringComparison.Ordinal);
    }
}
