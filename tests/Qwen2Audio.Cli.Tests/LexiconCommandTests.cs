using System.Text.Json.Nodes;

namespace Qwen2Audio.Cli.Tests;

public sealed class LexiconCommandTests
{
    [Fact]
    public void A_lexicon_is_made_from_dictionaries_and_the_words_of_a_language_model()
    {
        using var folder = new TemporaryFolder();
        var dictionary = folder.Write("x.dict", "one W AH1 N\ntwo T UW1\nx-ray EH K S R EY\n");
        Assert.Equal(0, ProgramRun.Of("ngram", folder.Write("text.txt", "one three\n"), "-o", folder["x.ngram"], "--order", "1").ExitCode);
        var made = ProgramRun.Of("lexicon", dictionary, "-o", folder["x.lexicon"], "--language-model", folder["x.ngram"], "--json");
        Assert.Equal((0, "warning: 1 entry is not a single word of letters and apostrophes, and was left out\n"), (made.ExitCode, made.Error));
        using var json = JsonDocument.Parse(made.Output);
        Assert.Equal((1, 1), (json.RootElement.GetProperty("words").GetInt32(), json.RootElement.GetProperty("without_pronunciation").GetInt32()));
        Assert.Equal(new FileInfo(folder["x.lexicon"]).Length, json.RootElement.GetProperty("bytes").GetInt64());

        var letters = folder.Write("letters.dict", "one W AH1 N\nthin TH IH N\ntin T IH N\nin IH N\nred R EH D\nrid R IH D\nreed R IY D\nree R IY\n");
        Assert.Equal(0, ProgramRun.Of("letter-to-sound", letters, "-o", folder["g.ngram"]).ExitCode);
        var guessed = ProgramRun.Of("lexicon", letters, "-o", folder["z.lexicon"], "--language-model", folder["x.ngram"], "--letter-to-sound", folder["g.ngram"]);
        Assert.Equal((0, true), (guessed.ExitCode, guessed.Output.EndsWith("2 words with 2 pronunciations; 1 words by letter-to-sound; 0 words of the language model have none\n", StringComparison.Ordinal)));
        Assert.Equal(2, ProgramRun.Of("lexicon", letters, "-o", folder["w.lexicon"], "--letter-to-sound", folder["g.ngram"]).ExitCode); // whose words?
        Assert.Equal(3, ProgramRun.Of("lexicon", letters, "-o", folder["w.lexicon"], "--language-model", folder["x.ngram"], "--letter-to-sound", folder["x.ngram"]).ExitCode); // not of graphones
        Assert.Equal(2, ProgramRun.Of("lexicon", dictionary, "-o", folder["x.lexicon"]).ExitCode);
        var damaged = ProgramRun.Of("lexicon", folder.Write("y.dict", "one W XX\n"), "-o", folder["y.lexicon"]);
        Assert.Equal(3, damaged.ExitCode);
        Assert.Contains("y.dict, line 1: \"XX\" is not a phone", damaged.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["y.lexicon"]));

        // a model without a phone head that could be used
        var shipped = Path.Combine(Fixtures.Repository, "models", "default");
        foreach (var name in new[] { "model.safetensors", "preprocessor_config.json", "tokenizer_config.json", "vocab.json", "merges.txt", "added_tokens.json" }) File.Copy(Path.Combine(shipped, name), folder[name]);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(shipped, "config.json")))!;
        config["audio_config"]!["phone_layers"] = 0;
        File.WriteAllText(folder["config.json"], config.ToJsonString());
        var used = ProgramRun.Of("transcribe", Path.Combine(Fixtures.Repository, "samples", "date.wav"), "--model", folder, "--language-model", folder["x.ngram"], "--lexicon", folder["x.lexicon"]);
        Assert.Equal(3, used.ExitCode);
        Assert.Contains("phone_vocab_size", used.Error, StringComparison.Ordinal);
    }
}
