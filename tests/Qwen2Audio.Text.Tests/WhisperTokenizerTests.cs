using System.Text.Json.Nodes;

namespace Qwen2Audio.Text.Tests;

public sealed class WhisperTokenizerTests : TestInFolder
{
    private static readonly string[] Controls =
        ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"];

    [Fact]
    public void TheFilesOfOlderFoldersGetTimestamps()
    {
        WriteVocabulary(withEnd: true);
        Write("tokenizer_config.json", """{"added_tokens_decoder": {"6": {"content": ""}}}""");
        Write("added_tokens.json", JsonSerializer.Serialize(Controls.Select((token, i) => (token, id: 7 + i)).ToDictionary(pair => pair.token, pair => pair.id)));
        Check(Load());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TokenizerJsonAloneGivesTheSame(bool pairs)
    {
        var vocab = new JsonObject { [""] = 6 };
        foreach (var (token, id) in Vocabulary()) vocab[token] = id;
        Write("tokenizer.json", new JsonObject
        {
            ["added_tokens"] = new JsonArray([.. AllControls().Select(control => (JsonNode)new JsonObject { ["id"] = control.Id, ["content"] = control.Token, ["special"] = true })]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocab,
                ["merges"] = new JsonArray([.. Merges.Select(merge => pairs ? new JsonArray([.. merge.Split(' ').Select(part => (JsonNode)part)]) : (JsonNode)merge)]),
            },
        }.ToJsonString());
        Check(Load());
    }

    [Fact]
    public void FilesThatDisagreeAreRefused()
    {
        WriteVocabulary(withEnd: false);
        Write("added_tokens.json", """{"<|endoftext|>": 7}""");
        Write("tokenizer_config.json", """{"added_tokens_decoder": {"8": {"content": "<|endoftext|>"}}}""");
        var error = Assert.Throws<TokenizerFileException>(() => Load());
        Assert.Contains("tokenizer_config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("<|endoftext|>", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer.json", """{PRE, "model": {"vocab": {}}}""", "model.merges")]
    [InlineData("tokenizer.json", """{PRE, "model": {"vocab": {"a": 0}, "merges": ["a"]}}""", "model.merges[0]")]
    [InlineData("tokenizer.json", """{PRE, "model": {"vocab": {"a": 0}, "merges": [3]}}""", "model.merges[0]")]
    [InlineData("tokenizer.json", """{PRE, "model": {"vocab": {"a": 0}, "merges": []}, "added_tokens": [{"id": -1, "content": "x"}]}""", "added_tokens")]
    [InlineData("tokenizer.json", """{PRE, "model": {"vocab": {"a": 0}, "merges": []}, "added_tokens": [{"id": 0, "content": "<|x|>"}]}""", "<|x|>")]
    [InlineData("tokenizer.json", """{PRE, "model": {"vocab": {"a": 0}, "merges": [], "ignore_merges": true}}""", "model.ignore_merges")]
    [InlineData("tokenizer.json", """{PRE, "normalizer": {"type": "Lowercase"}, "model": {"vocab": {"a": 0}, "merges": []}}""", "normalizer: found Lowercase")]
    [InlineData("tokenizer.json", """{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}}, "model": {"vocab": {"a": 0}, "merges": []}}""", "pre_tokenizer")]
    [InlineData("vocab.json", """{"a": 0}""", "merges.txt")]
    [InlineData("vocab.json", """["a"]""", "merges.txt")]
    [InlineData("tokenizer_config.json", "[]", "tokenizer_config.json: $: found an array")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": []}""", "added_tokens_decoder")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class": "LlamaTokenizer"}""", "tokenizer_class")]
    public void DamagedFilesAreRefusedByName(string name, string text, string named)
    {
        if (name == "tokenizer_config.json") WriteVocabulary(withEnd: false);
        Write(name, text.Replace("PRE", $"\"pre_tokenizer\": {ByteLevel().ToJsonString()}", StringComparison.Ordinal));
        Assert.Contains(named, Assert.Throws<TokenizerFileException>(Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddedTokensThatAreNullAreNone()
    {
        WriteVocabulary(withEnd: true);
        Write("tokenizer_config.json", """{"added_tokens_decoder": null, "tokenizer_class": "WhisperTokenizer"}""");
        Assert.Equal(["<|endoftext|>"], Load().ControlTokens.Keys);
    }

    [Fact]
    public void TokenizerJsonGoesBeforeTheSeparateFiles()
    {
        TokenizerJsonAloneGivesTheSame(pairs: false);
        Write("vocab.json", """{"a": 0}""");
        Write("merges.txt", "nothing that could be read");
        Check(Load());
    }

    private static JsonObject ByteLevel() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };

    private BytePairTokenizer Load() => TokenizerFiles.Load(Folder, new TokenizerLoadOptions { Whisper = true });

    private static readonly string[] Merges = ["Ġ a", "a b"];

    private static Dictionary<string, int> Vocabulary() => new(StringComparer.Ordinal) { ["a"] = 0, ["b"] = 1, ["Ġ"] = 2, ["'"] = 3, ["Ġa"] = 4, ["ab"] = 5 };

    private static IEnumerable<(string Token, int Id)> AllControls() => Controls.Select((token, i) => (token, 7 + i))
        .Concat(Enumerable.Range(0, 1501).Select(i => (FormattableString.Invariant($"<|{i / 50}.{i % 50 * 2:00}|>"), 7 + Controls.Length + i)));

    private static void Check(BytePairTokenizer tokenizer)
    {
        Assert.Equal(7 + Controls.Length + 1501, tokenizer.Size);
        Assert.Equal(AllControls().ToDictionary(control => control.Token, control => control.Id), tokenizer.ControlTokens);
        Assert.Equal([5, 4, 1, 2, 3, 5], tokenizer.Encode("ab ab 'ab"));
        Assert.Equal([5, 4, 1, 7], tokenizer.Encode("ab ab<|endoftext|>", recogniseControls: true));
        Assert.Equal("ab ab", tokenizer.Decode([8, 9, 5, 6, 16, 4, 1, 7]));
        Assert.Equal("<|0.00|>ab<|30.00|>", tokenizer.Decode([16, 5, 1516], showControls: true));
    }

    private void WriteVocabulary(bool withEnd)
    {
        var vocabulary = Vocabulary();
        if (withEnd) vocabulary["<|endoftext|>"] = 7;
        Write("vocab.json", JsonSerializer.Serialize(vocabulary));
        Write("merges.txt", "#version: 0.2\n" + string.Join('\n', Merges) + "\n");
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);
}
