using System.Text.Json.Nodes;

namespace Qwen2Audio.Text.Tests;

/// <summary>A temporary folder with a small tokenizer of 256 byte tokens and a few merges, which tests damage.</summary>
internal sealed class TokenizerFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder;

    /// <summary>Symbols of all bytes in code point order, then the results of the merges.</summary>
    public static JsonObject Vocabulary()
    {
        var symbols = new List<string>();
        for (int value = 0, moved = 0x100; value < 256; value++)
            symbols.Add(((char)(value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? value : moved++)).ToString());
        symbols.Sort(StringComparer.Ordinal);
        symbols.AddRange(Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)));
        return new JsonObject(symbols.Select((symbol, id) => KeyValuePair.Create<string, JsonNode?>(symbol, id)));
    }

    public static IReadOnlyList<string> Merges { get; } = ["t h", "th e", "Ġ the", "i n"];

    public static JsonObject TokenizerJson() => new()
    {
        ["added_tokens"] = new JsonArray(Added(260, "<|endoftext|>"), Added(261, "<|im_start|>"), Added(262, "<|im_end|>")),
        ["normalizer"] = new JsonObject { ["type"] = "NFC" },
        ["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = Qwen2Pretokenizer.Pattern },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false }),
        },
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = Vocabulary(),
            ["merges"] = new JsonArray([.. Merges.Select(merge => (JsonNode)merge)]),
        },
    };

    public static JsonObject Added(int id, string content) => new() { ["id"] = id, ["content"] = content, ["lstrip"] = false, ["special"] = true };

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Write(string name, string text) => System.IO.File.WriteAllText(File(name), text);

    /// <summary>vocab.json and merges.txt, with the changes between reading and writing.</summary>
    public TokenizerFolder Separate(Action<JsonObject>? vocabulary = null, string? merges = null)
    {
        var ids = Vocabulary();
        vocabulary?.Invoke(ids);
        Write("vocab.json", ids.ToJsonString());
        Write("merges.txt", merges ?? "#version: 0.2\n" + string.Join('\n', Merges) + "\n");
        return this;
    }

    public TokenizerFolder Joined(Action<JsonObject>? change = null)
    {
        var json = TokenizerJson();
        change?.Invoke(json);
        Write("tokenizer.json", json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return this;
    }

    public void Dispose() => _folder.Dispose();
}
