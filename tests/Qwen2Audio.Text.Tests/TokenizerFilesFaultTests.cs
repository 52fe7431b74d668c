using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Qwen2Audio.Text.Tests;

/// <summary>Damaged and unusual tokenizer files, and unusual text.</summary>
public sealed class TokenizerFilesFaultTests
{
    private static readonly string[] Controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"];

    public static TheoryData<string, string> BadVocabularies() => new()
    {
        { "a missing byte", "single bytes" },
        { "a hole", "id 256" },
        { "an id twice", "same id 5" },
        { "2^31", "2147483648" },
        { "a negative id", "-1" },
        { "a fraction", "1.5" },
        { "a text", "\"7\"" },
        { "not a byte symbol", "U+4E00" },
        { "half a surrogate pair", "JSON" },
    };

    [Theory]
    [MemberData(nameof(BadVocabularies))]
    public void A_damaged_vocabulary_is_refused_with_file_and_place(string fault, string expected)
    {
        using var folder = new TokenizerFolder().Separate(vocabulary =>
        {
            switch (fault)
            {
                case "a missing byte": vocabulary.Remove("Ā"); break;
                case "a hole": Move(vocabulary, "th", 270); break;
                case "an id twice": Move(vocabulary, "th", 5); break;
                case "2^31": Move(vocabulary, "th", 2147483648L); break;
                case "a negative id": Move(vocabulary, "th", -1); break;
                case "a fraction": vocabulary["th"] = 1.5; break;
                case "a text": vocabulary["th"] = "7"; break;
                case "not a byte symbol": vocabulary["一"] = 260; break;
            }
        });
        if (fault == "half a surrogate pair")
            folder.Write("vocab.json", File.ReadAllText(folder.File("vocab.json")).Replace("{", "{\"\\ud800\":260,", StringComparison.Ordinal));
        var error = Refused(folder);
        Assert.Contains("vocab.json", error.File, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_beyond_the_embedding_rows_is_refused()
    {
        using var folder = new TokenizerFolder().Joined();
        Assert.Equal(263, TokenizerFiles.Load(folder.Path, new TokenizerLoadOptions { EmbeddingRows = 263 }).Size);
        var error = Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load(folder.Path, new TokenizerLoadOptions { EmbeddingRows = 262 }));
        Assert.Contains("<|im_end|>", error.Message, StringComparison.Ordinal);
        Assert.Contains("262 embedding rows", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t h\nth e\nx y\n", "line 4")]
    [InlineData("t h\nth e\nt h\n", "line 4")]
    [InlineData("t h\nth  e\n", "line 3")]
    [InlineData("t h\nthe\n", "line 3")]
    [InlineData("t h\n the\n", "line 3")]
    [InlineData("t h\nth \n", "line 3")]
    [InlineData("t h\ne th\n", "line 3")]
    public void A_damaged_merge_is_refused_with_its_line(string merges, string line)
    {
        using var folder = new TokenizerFolder().Separate(merges: "#version: 0.2\n" + merges);
        var error = Refused(folder);
        Assert.Contains("merges.txt", error.File, StringComparison.Ordinal);
        Assert.Contains(line, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#version: 0.2\n", false)]
    [InlineData("#version: 0.2\nt h\nth e\n", true)]
    public void Merges_that_were_lost_are_noticed_by_the_tokens_that_none_makes(string merges, bool ownFolder)
    {
        using var folder = new TokenizerFolder().Separate(merges: merges);
        var error = Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load(folder.Path, new TokenizerLoadOptions { PartialAlphabet = ownFolder }));
        Assert.Contains("merges", error.Message, StringComparison.Ordinal);
        Assert.Contains("several symbols, such as", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_control_token_is_refused_without_names_of_the_program()
    {
        using var folder = new TokenizerFolder().Separate();
        folder.Write("added_tokens.json", """{"": 260}""");
        Assert.DoesNotContain("Parameter", Refused(folder).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"q q\"")]
    [InlineData("[\"t\", \"h\"]")]
    [InlineData("[\"t\", \"\"]")]
    [InlineData("[\"t\", \"h\", \"e\"]")]
    [InlineData("[\"t\", 5]")]
    [InlineData("17")]
    public void A_damaged_merge_of_tokenizer_json_is_refused_with_its_place(string merge)
    {
        using var folder = new TokenizerFolder().Joined(json => ((JsonArray)json["model"]!["merges"]!).Add(JsonNode.Parse(merge)));
        Assert.Contains("model.merges[4]", Refused(folder).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", 1_000_000)]
    [InlineData(" ", 1_000_000)]
    [InlineData("th", 500_000)]
    [InlineData("\U0001F469\u200D", 300_000)]
    [InlineData("\u0301\u0316", 50_000)]
    public void Long_runs_come_back(string unit, int count)
    {
        using var folder = new TokenizerFolder().Joined();
        var tokenizer = TokenizerFiles.Load(folder.Path);
        var text = string.Concat(Enumerable.Repeat(unit, count));
        var ids = tokenizer.Encode(text); // in quadratic time: many minutes
        Assert.Equal(text.Normalize(NormalizationForm.FormC).Length, tokenizer.Decode(ids).Length);
    }

    [Theory]
    [InlineData("\0", "\0")]
    [InlineData("\uFEFFtext", "\uFEFFtext")]
    [InlineData("\u202Eright to left\u202C", "\u202Eright to left\u202C")]
    [InlineData("\uFFFE\uFFFF\U0010FFFF", "\uFFFE\uFFFF\U0010FFFF")]
    [InlineData("e\u0301", "\u00E9")]
    public void Unusual_text_has_a_defined_encoding(string text, string decoded)
    {
        using var folder = new TokenizerFolder().Joined();
        var tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.Equal(decoded, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Halves_of_surrogate_pairs_become_replacement_characters()
    {
        // not in attributes, whose texts are UTF-8
        (string Text, string Decoded)[] cases =
            [("\ud800", "\uFFFD"), ("a\udc00b", "a\uFFFDb"), ("\udc69\ud83d\udc69\ud83d", "\uFFFD\U0001F469\uFFFD")];
        using var folder = new TokenizerFolder().Joined();
        var tokenizer = TokenizerFiles.Load(folder.Path);
        foreach (var (text, decoded) in cases) Assert.Equal(decoded, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Combining_marks_in_any_order_compose_as_the_base_library_does()
    {
        var random = new Random(7);
        const string Pool = "\u0301\u0316\u0345\u0334\u0344\u0591\u05b0\u093c\u0903\u302e\u0e48\u0f71\u0f74\u0340\u035d\u0327\u0338";
        using var folder = new TokenizerFolder().Joined();
        var tokenizer = TokenizerFiles.Load(folder.Path);
        for (var round = 0; round < 40; round++)
        {
            var text = "a" + string.Concat(Enumerable.Range(0, 50 + random.Next(150)).Select(_ => random.Next(60) == 0 ? 'b' : Pool[random.Next(Pool.Length)]));
            Assert.Equal(text.Normalize(NormalizationForm.FormC), tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Fact]
    public void Control_tokens_are_never_formed_from_user_text()
    {
        using var folder = new TokenizerFolder().Joined(json =>
        {
            var added = (JsonArray)json["added_tokens"]!;
            for (var i = 3; i < Controls.Length; i++) added.Add(TokenizerFolder.Added(260 + i, Controls[i]));
        });
        var tokenizer = TokenizerFiles.Load(folder.Path);
        foreach (var control in Controls)
        {
            foreach (var text in new[] { control, $"a{control}b", $"{control}{control}", $"{control}\u0338", control[..^1], control[1..] })
            {
                var ids = tokenizer.Encode(text);
                Assert.All(ids, id => Assert.InRange(id, 0, 259));
                Assert.Equal(text.Normalize(NormalizationForm.FormC), tokenizer.Decode(ids));
            }

            Assert.Equal([tokenizer.ControlId(control)], tokenizer.Encode(control, recogniseControls: true));
        }
    }

    public static TheoryData<string, string> OtherConstructions() => new()
    {
        { "pattern", "pre_tokenizer" },
        { "catastrophic pattern", "pre_tokenizer" },
        { "behavior", "pre_tokenizer" },
        { "invert", "pre_tokenizer" },
        { "no pre-tokenizer", "pre_tokenizer" },
        { "whitespace", "pre_tokenizer" },
        { "prefix space", "pre_tokenizer" },
        { "normalizer", "normalizer" },
        { "no normalizer", "pre_tokenizer" },
        { "unigram", "model.type" },
        { "byte fallback", "model.byte_fallback" },
        { "ignore merges", "model.ignore_merges" },
        { "suffix", "model.end_of_word_suffix" },
        { "dropout", "model.dropout" },
        { "no vocabulary", "model.vocab" },
        { "no merges", "model.merges" },
        { "empty token", "added_tokens[3]" },
        { "no content", "added_tokens[3]" },
        { "no id", "added_tokens[3]" },
        { "id twice", "added_tokens[3]" },
        { "text twice", "added_tokens[3]" },
        { "lstrip", "added_tokens[3].lstrip" },
        { "id of a regular token", "260 added tokens" },
    };

    [Theory]
    [MemberData(nameof(OtherConstructions))]
    public void What_tokenizer_json_asks_for_beyond_the_known_construction_is_refused(string fault, string place)
    {
        using var folder = new TokenizerFolder().Joined(json =>
        {
            var added = (JsonArray)json["added_tokens"]!;
            var split = json["pre_tokenizer"]!["pretokenizers"]![0]!;
            var model = json["model"]!.AsObject();
            switch (fault)
            {
                case "pattern": split["pattern"]!["Regex"] = Qwen2Pretokenizer.Pattern.Replace("\\p{N}", "\\p{N}{1,3}", StringComparison.Ordinal); break;
                case "catastrophic pattern": split["pattern"]!["Regex"] = "(a+)+$"; break;
                case "behavior": split["behavior"] = "Removed"; break;
                case "invert": split["invert"] = true; break;
                case "no pre-tokenizer": json["pre_tokenizer"] = null; break;
                case "whitespace": json["pre_tokenizer"] = new JsonObject { ["type"] = "Whitespace" }; break;
                case "prefix space": json["pre_tokenizer"]!["pretokenizers"]![1]!["add_prefix_space"] = true; break;
                case "normalizer": json["normalizer"]!["type"] = "Lowercase"; break;
                case "no normalizer": json["normalizer"] = null; break;
                case "unigram": model["type"] = "Unigram"; break;
                case "byte fallback": model["byte_fallback"] = true; break;
                case "ignore merges": model["ignore_merges"] = true; break;
                case "suffix": model["end_of_word_suffix"] = "</w>"; break;
                case "dropout": model["dropout"] = 0.1; break;
                case "no vocabulary": model.Remove("vocab"); break;
                case "no merges": model.Remove("merges"); break;
                case "empty token": added.Add(TokenizerFolder.Added(263, "")); break;
                case "no content": added.Add(new JsonObject { ["id"] = 263 }); break;
                case "no id": added.Add(new JsonObject { ["content"] = "<x>" }); break;
                case "id twice": added.Add(TokenizerFolder.Added(260, "<x>")); break;
                case "text twice": added.Add(TokenizerFolder.Added(263, "<|im_end|>")); break;
                case "lstrip": added.Add(new JsonObject { ["id"] = 263, ["content"] = "<x>", ["lstrip"] = "yes" }); break;
                case "id of a regular token": added.Add(TokenizerFolder.Added(256, "<x>")); break;
            }
        });
        var error = Refused(folder);
        Assert.Contains("tokenizer.json", error.File, StringComparison.Ordinal);
        Assert.Contains(place == "260 added tokens" ? "\"<x>\"" : place, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 20, 1200);
    }

    [Fact]
    public void A_hundred_thousand_added_tokens_are_found_by_one_search()
    {
        const int Count = 100_000;
        using var folder = new TokenizerFolder().Separate();
        folder.Write("added_tokens.json", new JsonObject(Enumerable.Range(0, Count)
            .Select(i => KeyValuePair.Create<string, JsonNode?>(string.Create(CultureInfo.InvariantCulture, $"<|{i}|>"), 260 + i))).ToJsonString());
        var tokenizer = TokenizerFiles.Load(folder.Path);
        var text = string.Concat(Enumerable.Range(0, Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"the<|{i}|>")));
        var ids = tokenizer.Encode(text, recogniseControls: true); // with a search for each: many minutes
        Assert.Equal(2 * Count, ids.Length);
        Assert.Equal(260 + Count - 1, ids[^1]);
    }

    [Fact]
    public void Of_control_tokens_that_begin_alike_the_longest_counts()
    {
        using var folder = new TokenizerFolder().Separate();
        folder.Write("added_tokens.json", """{"<|a|>": 260, "<|a|><|b|>": 261, "<|": 262}""");
        Assert.Equal([261, 260, 262], TokenizerFiles.Load(folder.Path).Encode("<|a|><|b|><|a|><|", recogniseControls: true));
    }

    [Theory]
    [InlineData("tokenizer_config.json", "[]", "tokenizer_config.json")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"<x>\"}}}", "added_tokens_decoder.x")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"260\": {\"content\": \"\"}}}", "added_tokens_decoder.260")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"260\": {}}}", "added_tokens_decoder.260")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": 7}", "added_tokens_decoder")]
    [InlineData("tokenizer_config.json", "{\"tokenizer_class\": \"LlamaTokenizer\"}", "tokenizer_class")]
    [InlineData("tokenizer_config.json", "{", "JSON")]
    [InlineData("added_tokens.json", "{\"\": 260}", "empty token")]
    [InlineData("vocab.json", "", "file size")]
    [InlineData("merges.txt", "", "file size")]
    public void Damaged_companions_are_refused(string file, string text, string expected)
    {
        using var folder = new TokenizerFolder().Separate();
        folder.Write(file, text);
        Assert.Contains(expected, Refused(folder).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, """{"eos_token": "<|nope|>"}""", "eos_token")]
    [InlineData(false, """{"pad_token": {"content": "<|nope|>"}}""", "pad_token")]
    [InlineData(true, """{"tokenizer_class": "LlamaTokenizer"}""", "tokenizer_class")]
    [InlineData(true, """{"add_bos_token": true}""", "add_bos_token")]
    [InlineData(false, """{"add_bos_token": true}""", "add_bos_token")]
    [InlineData(true, """{"add_prefix_space": true}""", "add_prefix_space")]
    public void Settings_that_would_make_other_tokens_are_refused(bool joined, string settings, string place)
    {
        using var folder = joined ? new TokenizerFolder().Joined() : new TokenizerFolder().Separate();
        folder.Write("tokenizer_config.json", """{"eos_token": "th", "bos_token": null, "tokenizer_class": "Qwen2Tokenizer", "add_bos_token": false, "add_prefix_space": false}""");
        TokenizerFiles.Load(folder.Path);
        folder.Write("tokenizer_config.json", settings);
        Assert.Contains($"tokenizer_config.json: {place}", Refused(folder).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("added_tokens.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("tokenizer.json")]
    public async Task A_named_pipe_is_refused_and_never_waited_for(string file)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are told apart on Linux only");
        using var folder = new TokenizerFolder().Separate();
        File.Delete(folder.File(file));
        using (var made = Process.Start("mkfifo", folder.File(file))) await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var error = await Task.Run(() => Refused(folder), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(10), TestContext.Current.CancellationToken);
        Assert.Equal(folder.File(file), error.File);
        Assert.Contains("path: found a named pipe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused()
    {
        using var folder = new TokenizerFolder().Separate();
        File.WriteAllBytes(folder.File("merges.txt"), [(byte)'t', (byte)' ', 0xFF, 0xFE]);
        Assert.Contains("byte 2", Refused(folder).Message, StringComparison.Ordinal);
    }

    private static TokenizerFileException Refused(TokenizerFolder folder)
    {
        var error = Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load(folder.Path));
        Assert.DoesNotContain("   at ", error.Message, StringComparison.Ordinal);
        return error;
    }

    private static void Move(JsonObject vocabulary, string token, long id) => vocabulary[token] = id;
}
