using System.Security.Cryptography;

namespace Qwen2Audio.Text.Tests;

/// <summary>Recorded encodings of a vocabulary in the published format.</summary>
public sealed class BytePairTokenizerReferenceTests
{
    private static readonly string[] Controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"];

    [Fact]
    public void EveryRecordedTextHasItsRecordedIds()
    {
        string[] cases = ["tokenizer", "cases.jsonl"];
        Assert.SkipUnless(Fixtures.Has(cases), Fixtures.MissingReason(cases));
        Check(TokenizerFiles.Load(Fixtures.Locate("tokenizer")), cases);
    }

    [Fact]
    public void ThePublishedVocabularyGivesTheRecordedIds()
    {
        string[] cases = ["tokenizer-qwen2", "cases.jsonl"];
        Assert.SkipUnless(Fixtures.Has(cases), Fixtures.MissingReason(cases));
        Check(PublishedVocabulary.With(Controls), cases);
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer-pairs.json")]
    public void Tokenizer_json_alone_gives_the_recorded_ids_in_both_forms_of_merges(string file)
    {
        Assert.SkipUnless(Fixtures.Has("tokenizer", file), Fixtures.MissingReason("tokenizer", file));
        using var folder = new TokenizerFolder();
        File.Copy(Fixtures.Locate("tokenizer", file), folder.File("tokenizer.json"));
        Check(TokenizerFiles.Load(folder.Path), ["tokenizer", "cases.jsonl"]);
    }

    [Theory]
    [InlineData("vocab.json", "merges.txt", "tokenizer_config.json")]
    [InlineData("tokenizer.json", "tokenizer_config.json")]
    [InlineData("tokenizer.json", "vocab.json", "merges.txt")]
    public void Every_published_set_of_files_gives_the_same_tokenizer(params string[] files)
    {
        Assert.SkipUnless(files.All(file => Fixtures.Has("tokenizer", file)), Fixtures.MissingReason("tokenizer", "tokenizer.json"));
        using var folder = new TokenizerFolder();
        foreach (var file in files) File.Copy(Fixtures.Locate("tokenizer", file), folder.File(file));
        var tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.Equal(tokenizer.Vocabulary.Size + tokenizer.ControlTokens.Count, tokenizer.Size);
        Assert.Equal(Controls, tokenizer.ControlTokens.OrderBy(token => token.Value).Select(token => token.Key));
        Assert.Equal("Hello <|im_end|>", tokenizer.Decode(tokenizer.Encode("Hello <|im_end|>", recogniseControls: true), showControls: true));
    }

    private static void Check(BytePairTokenizer tokenizer, string[] cases)
    {
        var wrong = new List<string>();
        foreach (var line in File.ReadLines(Fixtures.Locate(cases)))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var text = root.TryGetProperty("text", out var given) ? given.GetString()!
                : string.Concat(Enumerable.Repeat(root.GetProperty("repeat")[0].GetString(), root.GetProperty("repeat")[1].GetInt32()));
            var name = $"case {root.GetProperty("case")}, {root.GetProperty("group")}";
            var ids = tokenizer.Encode(text, recogniseControls: true);
            if (!Matches(root, "ids", "sha256", ids)) wrong.Add($"{name}: ids");
            if (!Matches(root, "ids_plain", "sha256_plain", tokenizer.Encode(text))) wrong.Add($"{name}: plain ids");
            if (root.TryGetProperty("decoded", out var decoded) && decoded.GetString() != tokenizer.Decode(ids, showControls: true)) wrong.Add($"{name}: decoded");
            if (root.TryGetProperty("decoded_sha256", out var hash) && hash.GetString() != Sha256(tokenizer.Decode(ids, showControls: true))) wrong.Add($"{name}: decoded");
            if (root.TryGetProperty("decoded_without_special", out var bare) && bare.GetString() != tokenizer.Decode(ids)) wrong.Add($"{name}: decoded without control tokens");
            if (root.TryGetProperty("count", out var count) && count.GetInt32() != ids.Length) wrong.Add($"{name}: count");
        }

        Assert.Empty(wrong);
    }

    private static bool Matches(JsonElement root, string name, string hashName, int[] ids) =>
        root.TryGetProperty(name, out var expected) ? expected.EnumerateArray().Select(id => id.GetInt32()).SequenceEqual(ids)
        : !root.TryGetProperty(hashName, out var hash)
            || hash.GetString() == Sha256(string.Join(',', ids));

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
