using System.Text.Json.Nodes;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Text.Tests;

/// <summary>Added tokens with the settings of published files, each as the reference finds and decodes them.</summary>
public sealed class AddedTokenTests
{
    private const int Sound = 263;
    private const string Decomposed = "Zu\u0308rich";

    [Theory]
    [InlineData("a <sound> b")]
    [InlineData("<sound>")]
    [InlineData("<sound><sound>th")]
    public void A_token_that_is_not_special_is_found_in_every_text_and_always_decoded(string text)
    {
        using var folder = Folder(Token("<sound>", special: false));
        var tokenizer = TokenizerFiles.Load(folder.Path);
        var ids = tokenizer.Encode(text);
        Assert.Equal(text.Split("<sound>").Length - 1, ids.Count(id => id == Sound));
        Assert.Equal(tokenizer.Encode(text, recogniseControls: true), ids);
        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.Equal(text, Streamed(tokenizer, ids));
        Assert.DoesNotContain("<sound>", tokenizer.ControlTokens.Keys);
        Assert.Equal("<sound>", tokenizer.Symbol(Sound));
    }

    [Fact]
    public void A_special_token_of_a_text_stays_text_and_is_left_out_of_decoded_text()
    {
        using var folder = Folder(Token("<sound>", special: true));
        var tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.DoesNotContain(Sound, tokenizer.Encode("a <sound> b"));
        Assert.Contains(Sound, tokenizer.Encode("a <sound> b", recogniseControls: true));
        Assert.Equal("aa", tokenizer.Decode([.. tokenizer.Encode("a"), Sound, .. tokenizer.Encode("a")]));
    }

    [Theory]
    [InlineData(true, "Zürich", true)]
    [InlineData(true, Decomposed, true)]
    [InlineData(false, "Zürich", true)]
    [InlineData(false, Decomposed, false)]
    public void A_normalised_token_is_found_in_normalised_text(bool normalized, string text, bool found)
    {
        foreach (var content in normalized ? ["Zürich", Decomposed] : new[] { "Zürich" })
        {
            using var folder = Folder(Token(content, normalized: normalized));
            var tokenizer = TokenizerFiles.Load(folder.Path);
            Assert.Equal(found, tokenizer.Encode($"in {text}.").Contains(Sound));
            Assert.Equal(content, tokenizer.Decode([Sound])); // as the file writes it
        }
    }

    [Fact]
    public void Tokens_that_are_not_normalised_are_found_before_those_that_are()
    {
        using var folder = Folder(Token("ab", normalized: true), Token("bc", id: 264));
        Assert.Equal([264], TokenizerFiles.Load(folder.Path).Encode("abc").Where(id => id >= Sound));
        using var alike = Folder(Token("ab"), Token("bc", id: 264), Token("abc", id: 265));
        Assert.Equal([265], TokenizerFiles.Load(alike.Path).Encode("abc"));
    }

    [Theory]
    [InlineData(false, false, "a", " \t<x>\u2003\nb")]
    [InlineData(true, false, "a", "\u2003\nb")]
    [InlineData(false, true, "a \t", "b")]
    [InlineData(true, true, "a", "b")]
    public void White_space_goes_with_a_token_that_strips_it(bool left, bool right, string before, string after)
    {
        using var folder = Folder(Token("<x>", left: left, right: right));
        var tokenizer = TokenizerFiles.Load(folder.Path);
        var ids = tokenizer.Encode("a \t<x>\u2003\nb");
        if (!left && !right) Assert.Equal(before + after, tokenizer.Decode(ids));
        else Assert.Equal([.. tokenizer.Encode(left ? before : "a \t"), Sound, .. tokenizer.Encode(right ? after : "\u2003\nb")], ids);
    }

    [Theory]
    [InlineData("<x>", 1)]
    [InlineData("a <x> b", 1)]
    [InlineData("-<x>,", 1)]
    [InlineData("a<x>", 0)]
    [InlineData("<x>b", 0)]
    [InlineData("<x>7", 0)]
    [InlineData("_<x>", 0)]
    [InlineData("\u0330<x>", 0)]
    [InlineData("\U00020000<x>", 0)]
    [InlineData("<x>\U0001F600", 1)]
    [InlineData("a<x><x>", 1)]
    public void A_single_word_is_not_found_beside_letters(string text, int count)
    {
        using var folder = Folder(Token("<x>", single: true));
        Assert.Equal(count, TokenizerFiles.Load(folder.Path).Encode(text).Count(id => id == Sound));
    }

    [Theory]
    [InlineData("""{"eos_token": "<x>"}""", true)]
    [InlineData("""{"mask_token": {"content": "<x>"}}""", true)]
    [InlineData("""{"additional_special_tokens": ["<x>"]}""", true)]
    [InlineData("""{"extra_special_tokens": {"sound_token": "<x>"}}""", true)]
    [InlineData("""{"eos_token": null}""", false)]
    public void A_token_that_a_file_gives_a_part_is_special(string settings, bool special)
    {
        foreach (var name in new[] { "tokenizer_config.json", "special_tokens_map.json" })
        {
            using var folder = new TokenizerFolder().Separate();
            folder.Write("added_tokens.json", """{"<|im_start|>": 260, "<x>": 261}""");
            folder.Write(name, settings);
            var tokenizer = TokenizerFiles.Load(folder.Path);
            Assert.Equal(special, tokenizer.ControlTokens.ContainsKey("<x>"));
            Assert.True(tokenizer.ControlTokens.ContainsKey("<|im_start|>")); // as its name says
        }
    }

    [Fact]
    public void Settings_of_tokenizer_config_json_go_before_those_of_tokenizer_json()
    {
        using var folder = Folder(Token("<x>", special: false));
        folder.Write("tokenizer_config.json", """{"added_tokens_decoder": {"263": {"content": "<x>", "special": true, "rstrip": true}}}""");
        var token = TokenizerFiles.Load(folder.Path).AddedTokens.Single(added => added.Id == Sound);
        Assert.Equal(new AddedToken("<x>", Sound) { Special = true, RightStrip = true }, token);
    }

    [Fact]
    public void Tokens_of_conversations_never_come_from_their_text_whatever_a_file_says_of_them()
    {
        using var folder = Folder(Token("<sound>"));
        folder.Write("tokenizer_config.json", """{"added_tokens_decoder": {"262": {"content": "<|im_end|>", "special": false}, "261": {"content": "<|im_start|>"}}}""");
        var tokenizer = TokenizerFiles.Load(folder.Path);
        var ids = ChatTemplate.Qwen2.Render([ChatTurn.User("<|im_end|> <sound> <|im_start|>")]).Encode(tokenizer);
        Assert.Equal((2, 3, 1), (ids.Count(id => id == 262), ids.Count(id => id == 261), ids.Count(id => id == Sound)));
    }

    [Fact]
    public void Settings_are_written_and_read_back()
    {
        using var folder = Folder(Token("<x>", special: false, left: true, single: true), Token("<y>", id: 264, special: true));
        var tokenizer = TokenizerFiles.Load(folder.Path);
        using var written = new TokenizerFolder();
        foreach (var (name, text) in TokenizerFiles.Texts(tokenizer)) written.Write(name, text);
        Assert.Equal(tokenizer.AddedTokens.OrderBy(token => token.Id), TokenizerFiles.Load(written.Path).AddedTokens.OrderBy(token => token.Id));
    }

    [Fact]
    public void A_class_that_stands_for_any_construction_leaves_it_to_tokenizer_json()
    {
        foreach (var name in new[] { "TokenizersBackend", "PreTrainedTokenizerFast" })
        {
            using var folder = new TokenizerFolder().Joined();
            folder.Write("tokenizer_config.json", $$"""{"tokenizer_class": "{{name}}", "backend": "tokenizers", "is_local": true}""");
            Assert.Equal(263, TokenizerFiles.Load(folder.Path).Size);
            using var separate = new TokenizerFolder().Separate();
            File.Copy(folder.File("tokenizer_config.json"), separate.File("tokenizer_config.json"));
            Assert.Contains("needs tokenizer.json", Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load(separate.Path)).Message, StringComparison.Ordinal);
        }
    }

    private static TokenizerFolder Folder(params JsonObject[] tokens) => new TokenizerFolder().Joined(json =>
    {
        foreach (var token in tokens) ((JsonArray)json["added_tokens"]!).Add(token);
    });

    private static JsonObject Token(string content, int id = Sound, bool special = false, bool normalized = false, bool left = false, bool right = false, bool single = false) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["special"] = special,
        ["normalized"] = normalized,
        ["lstrip"] = left,
        ["rstrip"] = right,
        ["single_word"] = single,
    };

    private static string Streamed(BytePairTokenizer tokenizer, int[] ids)
    {
        var decoder = new StreamingDecoder(tokenizer);
        return string.Concat(ids.Select(decoder.Push)) + decoder.Flush();
    }
}
