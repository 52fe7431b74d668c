using System.Text.Json.Nodes;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Text.Tests;

/// <summary>Every value of every file replaced by values of other kinds: the result is a tokenizer, or an error that names file and place.</summary>
public sealed class TokenizerFilesMutationTests
{
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1.5", "1e999", "260", "2147483647", "2147483648", "99999999999999999999", "\"\"", "\"x\"", "\"NFC\"", "\"Sequence\"",
        "\"\\ud800\"", "\"\\udc00x\"", "\"a b\"", "[]", "[null]", "[[]]", "[\"t\", \"h\"]", "{}", "{\"\\ud800\": 1}", "{\"type\": 5}", "{\"content\": []}",
    ];

    private const string Config = """
        {"tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": false, "add_bos_token": false, "eos_token": "<|im_end|>", "pad_token": {"content": "<|im_end|>"},
         "additional_special_tokens": ["<|im_start|>"], "chat_template": [{"name": "default", "template": "x"}],
         "added_tokens_decoder": {"260": {"content": "<|endoftext|>", "special": true, "lstrip": false, "rstrip": false, "normalized": false, "single_word": false}}}
        """;

    public static TheoryData<string> Files => ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "added_tokens.json", "chat_template.json"];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_value_of_another_kind_is_accepted_or_refused_with_file_and_place(string file)
    {
        using var folder = file == "tokenizer.json" ? new TokenizerFolder().Joined() : new TokenizerFolder().Separate();
        folder.Write("added_tokens.json", """{"<|endoftext|>": 260, "<|im_start|>": 261, "<|im_end|>": 262}""");
        if (file is "tokenizer_config.json") folder.Write(file, Config);
        if (file is "special_tokens_map.json") folder.Write(file, """{"eos_token": "<|im_end|>", "additional_special_tokens": ["<|im_start|>", {"content": "<|im_end|>"}]}""");
        if (file is "chat_template.json") folder.Write(file, """{"chat_template": [{"name": "default", "template": "x"}]}""");
        var whole = JsonNode.Parse(File.ReadAllText(folder.File(file)))!;
        var refused = 0;
        foreach (var (path, replaced) in Replaced(whole))
        {
            folder.Write(file, replaced);
            foreach (var read in new Action[] { () => TokenizerFiles.Load(folder.Path), () => ChatTemplateFiles.Find(folder.Path, ChatTemplate.Qwen2) })
            {
                try
                {
                    read();
                }
                catch (TokenizerFileException exception)
                {
                    refused++;
                    Assert.StartsWith(folder.Path, exception.File, StringComparison.Ordinal);
                    Assert.InRange(exception.Message.Length, folder.Path.Length, folder.Path.Length + 1200);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    Assert.Fail($"{path}: {exception.GetType().Name}: {exception.Message}\n{replaced[..Math.Min(300, replaced.Length)]}");
                }
            }
        }

        Assert.True(refused > Values.Length, $"{refused} refused");
    }

    [Theory]
    [InlineData("tokenizer.json", """{"normalizer": {"type": "\ud800"}}""", "normalizer.type: found a text with an unpaired surrogate")]
    [InlineData("tokenizer.json", """{"pre_tokenizer": {"type": "Sequence", "pretokenizers": ["Split", {"type": "ByteLevel"}]}}""", "pre_tokenizer.pretokenizers[0]: found \"Split\"; allowed: an object")]
    [InlineData("vocab.json", """{"a": 2147483647}""", "token \"a\": found id 2147483647")]
    [InlineData("added_tokens.json", """{"<|x|>": 2147483647}""", "token \"<|x|>\": found id 2147483647")]
    [InlineData("tokenizer_config.json", """{"add_prefix_space": "no"}""", "add_prefix_space: found \"no\"; allowed: true or false")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class": 5}""", "tokenizer_class: found 5; allowed: a text")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"2147483647": {"content": "<x>"}}}""", "added_tokens_decoder.2147483647: found id 2147483647")]
    [InlineData("special_tokens_map.json", """{"eos_token": {"content": "\ud800"}}""", "eos_token.content: found a text with an unpaired surrogate")]
    public void What_was_found_is_named_with_its_place(string file, string text, string expected)
    {
        using var folder = new TokenizerFolder().Separate();
        folder.Write(file, text);
        var error = Assert.Throws<TokenizerFileException>(() => TokenizerFiles.Load(folder.Path));
        Assert.Equal(folder.File(file), error.File);
        Assert.Contains($"{file}: {expected}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat_template.json", """{"chat_template": "\ud800"}""", "chat_template: found a text with an unpaired surrogate")]
    [InlineData("chat_template.json", "[]", "$: found an array; allowed: an object")]
    [InlineData("tokenizer_config.json", """{"chat_template": [{"name": "default", "template": 5}]}""", "chat_template[0].template: found 5")]
    [InlineData("tokenizer_config.json", """{"chat_template": ["x"]}""", "chat_template[0]: found \"x\"")]
    public void So_is_what_was_found_of_a_chat_template(string file, string text, string expected)
    {
        using var folder = new TokenizerFolder();
        folder.Write(file, text);
        Assert.Contains($"{file}: {expected}", Assert.Throws<TokenizerFileException>(() => ChatTemplateFiles.Find(folder.Path, ChatTemplate.Qwen2)).Message, StringComparison.Ordinal);
    }

    /// <summary>The text with one value replaced, for each value (the first three of long lists and objects) and each replacement.</summary>
    private static IEnumerable<(string Path, string Text)> Replaced(JsonNode whole)
    {
        const string marker = "\"@replaced@\"";
        foreach (var path in Paths(whole).ToList())
        {
            var text = Marked(whole, path);
            foreach (var value in Values) yield return (path, text.Replace(marker, value, StringComparison.Ordinal));
        }

        var json = Encoding.UTF8.GetBytes(whole.ToJsonString());
        foreach (var length in new[] { 1, json.Length / 3, json.Length / 2, json.Length - 1 }) yield return ($"first {length} bytes", Encoding.UTF8.GetString(json[..length]));
    }

    private static string Marked(JsonNode whole, string path)
    {
        if (path == "$") return "\"@replaced@\"";
        var copy = whole.DeepClone();
        var node = Paths(copy, out var nodes).Zip(nodes).First(pair => pair.First == path).Second;
        node.ReplaceWith(JsonValue.Create("@replaced@"));
        return copy.ToJsonString();
    }

    private static List<string> Paths(JsonNode root) => Paths(root, out _);

    private static List<string> Paths(JsonNode root, out List<JsonNode> nodes)
    {
        List<string> paths = [];
        List<JsonNode> found = [];
        Visit(root);
        nodes = found;
        return paths;

        void Visit(JsonNode? node)
        {
            if (node is null) return;
            paths.Add(node.GetPath());
            found.Add(node);
            var children = node is JsonObject members ? members.Select(member => member.Value) : node is JsonArray items ? items : [];
            foreach (var child in children.Take(node is JsonObject { Count: <= 12 } ? 12 : 2).ToList()) Visit(child);
        }
    }
}
