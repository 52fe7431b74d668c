using System.Text.Json.Nodes;
using Qwen2Audio.Fuzz.Mutation;
using Qwen2Audio.Fuzz.Running;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Text.Tests;

namespace Qwen2Audio.Fuzz.Targets;

/// <summary>The files of a tokenizer, one changed among good ones, and the chat template.</summary>
internal static class TokenizerTargets
{
    private const string Sample = "in the theatre, Ünïcode 中 123";

    private static readonly string[] Names =
    [
        "added_tokens", "added_tokens_decoder", "content", "id", "special", "normalized", "lstrip", "rstrip", "single_word", "normalizer", "pre_tokenizer", "pretokenizers", "type", "NFC", "Sequence", "Split", "ByteLevel", "pattern",
        "Regex", "behavior", "Isolated", "invert", "add_prefix_space", "use_regex", "model", "BPE", "vocab", "merges", "dropout", "byte_fallback", "ignore_merges", "unk_token", "tokenizer_class", "Qwen2Tokenizer", "Qwen2TokenizerFast",
        "TokenizersBackend", "chat_template", "eos_token", "add_bos_token", "<|endoftext|>", "<|im_start|>", "th", "the", "Ġthe", "t h", "Ġ the", "in", "260", "261", "100000", "2147483647", "post_processor", "decoder", "truncation",
    ];

    public static IEnumerable<FuzzTarget> All()
    {
        var joined = TokenizerFolder.TokenizerJson();
        var pairs = (JsonObject)joined.DeepClone();
        pairs["model"]!["merges"] = new JsonArray([.. TokenizerFolder.Merges.Select(merge => new JsonArray([.. merge.Split(' ').Select(part => (JsonNode)part)]))]);
        // the vocabulary is most of the file: what is fuzzed of it stands at its end
        yield return Of("tokenizer-json", "tokenizer.json", InputForm.Json, [Bytes(joined), Bytes(pairs)], []);
        yield return Of("tokenizer-config", "tokenizer_config.json", InputForm.Json,
            [Bytes("""{"add_prefix_space":false,"added_tokens_decoder":{"260":{"content":"<|endoftext|>","lstrip":false,"normalized":false,"rstrip":false,"single_word":false,"special":true},"261":{"content":"<|im_start|>","special":true}},"eos_token":"<|endoftext|>","pad_token":{"content":"<|endoftext|>"},"bos_token":null,"tokenizer_class":"Qwen2Tokenizer","model_max_length":32768,"chat_template":null}""")],
            Separate("vocab.json", "merges.txt"));
        yield return Of("tokenizer-config-beside-json", "tokenizer_config.json", InputForm.Json,
            [Bytes("""{"added_tokens_decoder":{"260":{"content":"<|endoftext|>","special":true}},"eos_token":"<|endoftext|>","tokenizer_class":"Qwen2Tokenizer"}""")], [("tokenizer.json", Bytes(joined))]);
        yield return Of("vocab", "vocab.json", InputForm.Json, [Bytes(TokenizerFolder.Vocabulary())], Separate("merges.txt"));
        yield return Of("merges", "merges.txt", InputForm.Text, [Merges()], Separate("vocab.json"));
        yield return Of("added-tokens", "added_tokens.json", InputForm.Json, [Bytes("""{"<|endoftext|>":260,"<|im_start|>":261,"<|im_end|>":262}""")], Separate("vocab.json", "merges.txt"));
        yield return Of("vocab-whisper", "vocab.json", InputForm.Json, [Bytes(TokenizerFolder.Vocabulary())], [.. Separate("merges.txt"), ("added_tokens.json", Bytes("""{"<|endoftext|>":260,"":261,"<|notimestamps|>":262}"""))], whisper: true);
        foreach (var (name, file) in new[] { ("chat-template-json", "chat_template.json"), ("chat-template-config", "tokenizer_config.json") })
        {
            yield return new(name, InputForm.Json,
            [
                Bytes(new JsonObject { ["chat_template"] = ChatTemplate.Qwen2.Source }), Bytes(new JsonObject { ["chat_template"] = ChatTemplate.Qwen2Audio.Source }),
                Bytes(new JsonObject { ["chat_template"] = new JsonArray(new JsonObject { ["name"] = "tool", ["template"] = "x" }, new JsonObject { ["name"] = "default", ["template"] = ChatTemplate.Qwen2.Source }) }),
            ], (input, place) =>
            {
                place.Write(file, input);
                return $"read {ChatTemplateFiles.OfModel(place.Folder, acceptsAudio: false).Name}";
            }, typeof(TokenizerFileException))
            { Tokens = ["chat_template", "name", "template", "default", "{% endif %}", "{{ messages }}", "<|im_start|>"] };
        }

        yield return new("chat-template-jinja", InputForm.Text, [Bytes(ChatTemplate.Qwen2.Source + "\n"), Bytes(ChatTemplate.Qwen2Audio.Source)], (input, place) =>
        {
            place.Write("chat_template.jinja", input);
            return $"read {ChatTemplateFiles.OfModel(place.Folder, acceptsAudio: true).Name}";
        }, typeof(TokenizerFileException))
        { Tokens = ["{% endif %}", "{{ messages }}", "<|im_start|>"] };
    }

    private static FuzzTarget Of(string name, string file, InputForm form, IReadOnlyList<byte[]> seeds, (string Name, byte[] Content)[] others, bool whisper = false) =>
        new(name, form, seeds, (input, place) =>
        {
            place.Keep("others", () => others.Select(other => place.Write(other.Name, other.Content)).ToList());
            place.Write(file, input);
            var tokenizer = TokenizerFiles.Load(place.Folder, new TokenizerLoadOptions { Whisper = whisper });
            var ids = whisper ? [] : tokenizer.Encode(Sample);
            if (!whisper && tokenizer.Decode(ids) != Sample.Normalize(NormalizationForm.FormC)) throw new WrongResultException($"\"{Sample}\" comes back as \"{tokenizer.Decode(ids)}\"");
            return $"read {tokenizer.ControlTokens.Count} {ids.Length} {tokenizer.PrefixSpace}";
        }, typeof(TokenizerFileException))
        { Tokens = Names, Allocated = 8 << 20 };

    private static (string, byte[])[] Separate(params string[] files) =>
        [.. files.Select(file => (file, file == "vocab.json" ? Bytes(TokenizerFolder.Vocabulary()) : Merges()))];

    private static byte[] Merges() => Bytes("#version: 0.2\n" + string.Join('\n', TokenizerFolder.Merges) + "\n");

    private static byte[] Bytes(JsonObject json) => Bytes(json.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
