using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Chat;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Damaged model folders: each is rejected when loaded, with a message that names the file and what is wrong there.</summary>
public sealed class SpeechModelDamageTests
{
    private const string Config = "config.json";
    private const string Weights = "model.safetensors";
    private const string Vocabulary = "vocab.json";
    private const string Merges = "merges.txt";
    private const string Tokenizer = "tokenizer_config.json";
    private const string Generation = "generation_config.json";

    private static readonly Dictionary<string, (string File, string Place, Action<string> Damage)> List = Make();

    public static TheoryData<string> Names => [.. List.Keys];

    [Fact]
    public void There_are_sixty_at_least() => Assert.True(List.Count >= 60, $"{List.Count}");

    /// <summary>Damage that is not checked when a large folder is loaded: it loads, and later calls fail with a clear error.</summary>
    [Fact]
    public void Weights_that_are_not_looked_at_are_refused_when_they_are_used()
    {
        using var tiny = new TinyChat();
        List["weights that are no numbers"].Damage(tiny.Folder);
        using var model = ChatModel.Load(tiny.Folder, new ModelLoadOptions { CheckWeights = false });
        var error = Assert.Throws<Inference.NonFiniteOutputException>(() => model.Reply([Text.Chat.ChatTurn.User("x")], options: new AnswerOptions { MaxNewTokens = 2 }));
        Assert.Contains("--check-weights", error.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_damaged_folder_is_refused_by_name(string name)
    {
        var (file, place, damage) = List[name];
        using var tiny = new TinyChat();
        damage(tiny.Folder);
        var error = Record.Exception(() =>
        {
            using var model = ChatModel.Load(tiny.Folder, new ModelLoadOptions { CheckWeights = true });
        });
        Assert.True(error is CheckpointException or ConfigException or TokenizerFileException, $"{name}: {error?.GetType().Name ?? "accepted"}: {error?.Message}");
        Assert.NotEmpty(place);
        Assert.Contains(file, error!.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, (string, string, Action<string>)> Make()
    {
        var list = new Dictionary<string, (string, string, Action<string>)>(StringComparer.Ordinal);

        // configuration: damaged text
        Bytes("config empty", Config, "line 1", _ => []);
        Bytes("config cut", Config, "line ", bytes => bytes[..(bytes.Length / 2)]);
        Bytes("config not UTF-8", Config, "UTF-8", bytes => [.. bytes, 0xff, 0xfe]);
        Bytes("config a list", Config, "$", _ => "[1]"u8.ToArray());
        Bytes("config with a comment", Config, "line 1", bytes => [.. "// hello\n"u8, .. bytes]);
        Bytes("config deep", Config, "line 1", _ => Encoding.UTF8.GetBytes(new string('[', 100_000)));
        Bytes("config with a key twice", Config, "model_type", bytes => [.. "{\"model_type\":\"qwen2\","u8, .. bytes.AsSpan(1)]);
        Gone("config missing", Config);

        // configuration: wrong values
        Set("no model_type", "model_type", "$.model_type", null, remove: true);
        Set("unknown model_type", "model_type", "$.model_type", "llama");
        Set("model_type a number", "model_type", "$.model_type", 5);
        Set("no text_config", "text_config", "text_config", null, remove: true);
        Set("text_config a list", "text_config", "text_config", new JsonArray());
        Text("hidden_size 0", "hidden_size", 0);
        Text("hidden_size negative", "hidden_size", -32);
        Text("hidden_size a text", "hidden_size", "32");
        Text("hidden_size a fraction", "hidden_size", 31.5);
        Text("hidden_size too large", "hidden_size", 5_000_000_000);
        Text("heads that do not divide", "num_attention_heads", 5);
        Text("key heads that do not divide", "num_key_value_heads", 3);
        Text("no layers", "num_hidden_layers", 0);
        Text("a billion layers", "num_hidden_layers", 1_000_000_000, place: "layers");
        Text("vocabulary 0", "vocab_size", 0);
        Text("eps negative", "rms_norm_eps", -1);
        Text("theta 0", "rope_theta", 0);
        Text("mrope", "use_mrope", true);
        Text("head_dim of another model", "head_dim", 64);
        Text("unknown activation", "hidden_act", "gelu_new");
        Text("unknown scaling", "rope_scaling", new JsonObject { ["rope_type"] = "longrope", ["factor"] = 2 }, place: "rope_type");
        Text("yarn without factor", "rope_scaling", new JsonObject { ["rope_type"] = "yarn" }, place: "factor");
        Text("quantised", "quantization_config", new JsonObject { ["bits"] = 4 });
        Audio("no mel bins", "num_mel_bins", 0);
        Audio("encoder heads that do not divide", "encoder_attention_heads", 5);
        Audio("encoder layers negative", "encoder_layers", -2);
        Audio("width a list", "d_model", new JsonArray(24));

        // weights: damaged bytes
        Bytes("weights empty", Weights, "file size", _ => []);
        Bytes("weights of 8 bytes", Weights, "header", bytes => bytes[..8]);
        Bytes("weights cut by one byte", Weights, "tensor", bytes => bytes[..^1]);
        Bytes("weights with bytes behind", Weights, "byte", bytes => [.. bytes, 0]);
        Bytes("header of no length", Weights, "header", bytes => Length(bytes, 0));
        Bytes("header longer than the file", Weights, "header", bytes => Length(bytes, (ulong)bytes.Length));
        Bytes("header of 2^63", Weights, "header", bytes => Length(bytes, 1UL << 63));
        Bytes("a zip", Weights, "content", bytes => [0x50, 0x4b, 3, 4, .. bytes.AsSpan(4)]);
        Bytes("a pickle", Weights, "content", bytes => [0x80, 2, 0x7d, .. bytes.AsSpan(3)]);
        Header("header no JSON", "header", text => "}" + text[1..]);
        Header("unknown type", "dtype", text => Once(text, "\"BF16\"", "\"BF17\""));
        Header("offsets reversed", "data_offsets", text => Once(text, "\"data_offsets\":[0,", "\"data_offsets\":[9,"));
        Header("a name twice", "layers.0.self_attn.q_proj.weight", text => text.Replace("layers.1.self_attn.q_proj.weight", "layers.0.self_attn.q_proj.weight", StringComparison.Ordinal));
        Header("a shape that overflows", "shape", text => Once(text, "\"shape\":[", "\"shape\":[9223372036854775807,"));
        Header("another width", "shape", text => Once(text, "[1792,32]", "[32,1792]"));
        Header("a tensor of another name", "embed_tokens", text => Once(text, "embed_tokens", "embed_tokenz"));
        Bytes("a weight that is no number", Weights, "number ", bytes => Poke(bytes, 0xff));
        Bytes("weights that are no numbers", Weights, "number 0", bytes =>
        {
            bytes.AsSpan(bytes.Length / 8 * 6).Fill(0xff);
            return bytes;
        });
        Gone("weights missing", Weights);
        Rename("only a pickle file", Weights, "pytorch_model.bin", "pytorch_model.bin");
        Rename("shards without an index", Weights, "model-00001-of-00002.safetensors", "index");

        // an index
        Index("an index without shards", "{}", "weight_map");
        Index("a shard that is not there", """{"weight_map":{"a":"other.safetensors"}}""", "other.safetensors");
        Index("a shard outside", """{"weight_map":{"a":"../model.safetensors"}}""", "..");
        Index("an absolute shard", """{"weight_map":{"a":"/etc/passwd"}}""", "/etc/passwd");

        // tokenizer
        Gone("vocabulary missing", Vocabulary);
        Gone("merges missing", Merges);
        Bytes("vocabulary a list", Vocabulary, "object of token", _ => "[]"u8.ToArray());
        Bytes("vocabulary cut", Vocabulary, "JSON", bytes => bytes[..100]);
        Replace("an id twice", Vocabulary, "tokens", text => Once(text, ": 1,", ": 2,", "\":1,", "\":2,"));
        Replace("merge of nothing known", Merges, "line", text => text + "zzzzqqq yyyy\n");
        Replace("merge of one piece", Merges, "line", text => text + "alone\n");
        Replace("another tokenizer", Tokenizer, "tokenizer_class", text => text.Replace("Qwen2Tokenizer", "LlamaTokenizer", StringComparison.Ordinal));
        Replace("a control token without text", Tokenizer, "added_tokens_decoder", text => Once(text, "\"<|im_end|>\"", "\"\"", "\"\\u003C|im_end|\\u003E\"", "\"\""));
        Replace("a control token beyond the model", "1800", "1800", text => Once(text, "\"1758\"", "\"1800\""), file: Tokenizer);
        Write("an unknown template", "chat_template.jinja", "template", "{{ messages }}");

        // generation settings
        Write("temperature below 0", Generation, "temperature", """{"do_sample":true,"temperature":-1}""");
        Write("top_p of 2", Generation, "top_p", """{"do_sample":true,"top_p":2}""");
        Write("end token a text", Generation, "eos_token_id", """{"eos_token_id":"end"}""");
        Write("generation settings cut", Generation, "line 1", "{\"eos_token_id\": 1");
        return list;

        void Add(string name, string file, string place, Action<string> damage) => list.Add(name, (file, place, damage));
        void Bytes(string name, string file, string place, Func<byte[], byte[]> change) =>
            Add(name, file, place, folder => File.WriteAllBytes(Path.Combine(folder, file), change(File.ReadAllBytes(Path.Combine(folder, file)))));
        void Gone(string name, string file) => Add(name, file, "found ", folder => File.Delete(Path.Combine(folder, file)));
        void Rename(string name, string file, string to, string place) =>
            Add(name, place, "folder: found", folder => File.Move(Path.Combine(folder, file), Path.Combine(folder, to)));
        void Write(string name, string file, string place, string text) => Add(name, file, place, folder => File.WriteAllText(Path.Combine(folder, file), text));
        void Replace(string name, string fileOrPlace, string place, Func<string, string> change, string? file = null)
        {
            var path = file ?? fileOrPlace;
            Add(name, fileOrPlace, place, folder => File.WriteAllText(Path.Combine(folder, path), change(File.ReadAllText(Path.Combine(folder, path)))));
        }

        void Set(string name, string key, string place, JsonNode? value, bool remove = false) => Add(name, Config, place, folder => Change(folder, json =>
        {
            if (remove) json.Remove(key);
            else json[key] = value?.DeepClone();
        }));
        void Text(string name, string key, JsonNode value, string? place = null) =>
            Add(name, Config, place ?? key, folder => Change(folder, json => json["text_config"]![key] = value.DeepClone()));
        void Audio(string name, string key, JsonNode value) =>
            Add(name, Config, key, folder => Change(folder, json => json["audio_config"]![key] = value.DeepClone()));
        void Header(string name, string place, Func<string, string> change) => Bytes(name, Weights, place, bytes =>
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            var header = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(bytes, 8, length)));
            return Length([.. bytes.AsSpan(0, 8), .. header, .. bytes.AsSpan(8 + length)], (ulong)header.Length);
        });
        void Index(string name, string text, string place) => Add(name, place == "weight_map" ? Weights + ".index.json" : "shard", place, folder =>
        {
            File.Delete(Path.Combine(folder, Weights));
            File.WriteAllText(Path.Combine(folder, Weights + ".index.json"), text);
        });
    }

    private static void Change(string folder, Action<JsonObject> change)
    {
        var path = Path.Combine(folder, Config);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private static byte[] Length(byte[] bytes, ulong length)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        return bytes;
    }

    /// <summary>NaN among the last tensor's values.</summary>
    private static byte[] Poke(byte[] bytes, byte value)
    {
        bytes[^1] = 0x7f;
        bytes[^2] = value;
        return bytes;
    }

    /// <summary>The first replacement that applies, once.</summary>
    private static string Once(string text, params string[] pairs)
    {
        for (var i = 0; i < pairs.Length; i += 2)
        {
            var at = text.IndexOf(pairs[i], StringComparison.Ordinal);
            if (at >= 0) return text[..at] + pairs[i + 1] + text[(at + pairs[i].Length)..];
        }

        throw new InvalidOperationException($"{pairs[0]} is not there to be damaged.");
    }
}
