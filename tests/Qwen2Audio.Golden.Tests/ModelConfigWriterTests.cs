using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Ops;
using JsonArray = System.Text.Json.Nodes.JsonArray;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A configuration that is read, written and read again is the same configuration.</summary>
public sealed class ModelConfigWriterTests
{
    private static readonly string Dense = Path.Combine(Fixtures.Repository, "tests", "fixtures", "qwen2-dense-f16", "config.json");
    private static readonly string Shipped = Path.Combine(Fixtures.Repository, "models", "default", "config.json");

    public static TheoryData<string> Files() => new(Directory.EnumerateFiles(Fixtures.Root, "config.json", SearchOption.AllDirectories)
        .Append(Shipped).Where(file => ModelKinds.All.Contains(Kind(file)) && Kind(file) != ModelKinds.Whisper) /* nothing here trains Whisper */.Order(StringComparer.Ordinal));

    [Theory(SkipTestWithoutData = true), MemberData(nameof(Files))]
    public void What_is_written_reads_as_what_was_written(string file)
    {
        var kind = Kind(file);
        var (first, json) = Read(ConfigObject.Open(file), kind);
        Assert.Equal(kind, (string?)json["model_type"]);
        var (second, again) = Read(ConfigObject.Parse(json.ToJsonString(), file), kind);
        Assert.Equal(first, second);
        Assert.Equal(json.ToJsonString(), again.ToJsonString());
    }

    [Theory]
    [InlineData("activation_function", "relu")]
    [InlineData("activation_function", "silu")]
    public void Settings_of_the_encoder_are_kept(string name, string value) =>
        Kept(ModelKinds.Qwen2AudioCtc, Shipped, json => json["audio_config"]![name] = value, json => (string?)json["audio_config"]![name] == value);

    [Fact]
    public void A_decoder_without_biases_is_kept() =>
        Kept(ModelKinds.Qwen2, Dense, json => json["qkv_bias"] = false, json => !(bool)json["qkv_bias"]!);

    [Fact]
    public void A_published_audio_model_stays_one_and_cannot_have_what_it_has_not()
    {
        var config = ModelConfigReader.ReadQwen2Audio(ConfigObject.Open(Shipped));
        Assert.Throws<ArgumentException>(() => ModelConfigWriter.Write(config, ModelKinds.Qwen2Audio));
        Assert.Throws<ArgumentException>(() => ModelConfigWriter.Write(config, ModelKinds.Qwen2));
        var published = config with
        {
            Synthesis = null,
            AudioConfig = config.AudioConfig with
            {
                Conv1Stride = 1,
                ConvLayerNorm = false,
                TimeKernelSize = 0,
                RotaryPositions = false,
                CtcVocabSize = 0,
                PhoneVocabSize = 0,
                PhoneLayers = 0,
                ChunkRows = 0,
                LeftChunks = 0,
                ActivationFunction = Activation.Relu,
            },
        };
        var json = ModelConfigWriter.Write(published, ModelKinds.Qwen2Audio);
        Assert.Equal("qwen2_audio", (string?)json["model_type"]);
        Assert.Equal("Qwen2AudioForConditionalGeneration", (string?)json["architectures"]![0]);
        Assert.Equal(Text(published), Text(ModelConfigReader.ReadQwen2Audio(ConfigObject.Parse(json.ToJsonString(), "written"))));
    }

    [Theory]
    [InlineData("""["sliding_attention", "full_attention"]""", "layer_types")]
    [InlineData("""["full_attention"]""", "layer_types")]
    [InlineData("""["full_attention", "linear_attention"]""", "layer_types")]
    [InlineData("7", "layer_types")]
    public void Layer_types_that_no_window_explains_are_refused(string types, string place)
    {
        var json = JsonNode.Parse(File.ReadAllText(Dense))!.AsObject();
        json["num_hidden_layers"] = 2;
        json["layer_types"] = JsonNode.Parse(types);
        var error = Assert.Throws<ConfigException>(() => ModelConfigReader.ReadQwen2(ConfigObject.Parse(json.ToJsonString(), "changed")));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layer_types_say_where_the_window_begins()
    {
        var json = JsonNode.Parse(File.ReadAllText(Dense))!.AsObject();
        (json["num_hidden_layers"], json["use_sliding_window"], json["sliding_window"], json["max_window_layers"]) = (2, true, 16, 1);
        json["layer_types"] = new JsonArray("full_attention", "sliding_attention");
        var config = ModelConfigReader.ReadQwen2(ConfigObject.Parse(json.ToJsonString(), "changed"));
        Assert.Equal((16, 1), (config.SlidingWindow, config.MaxWindowLayers));
        json["max_window_layers"] = 0;
        Assert.Equal(1, ModelConfigReader.ReadQwen2(ConfigObject.Parse(json.ToJsonString(), "changed")).MaxWindowLayers);
    }

    private static void Kept(string kind, string file, Action<JsonObject> change, Predicate<JsonObject> isKept)
    {
        var source = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        change(source);
        var (first, json) = Read(ConfigObject.Parse(source.ToJsonString(), file), kind);
        Assert.True(isKept(json), json.ToJsonString());
        Assert.Equal(first, Read(ConfigObject.Parse(json.ToJsonString(), file), kind).Config);
    }

    private static string Kind(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.TryGetProperty("model_type", out var kind) ? kind.GetString() ?? "" : "";
    }

    private static (string Config, JsonObject Json) Read(ConfigObject json, string kind)
    {
        if (kind is ModelKinds.Qwen2 or ModelKinds.Qwen2Moe)
        {
            var text = ModelConfigReader.ReadQwen2(json);
            return (Text(text), ModelConfigWriter.Write(text));
        }

        var audio = ModelConfigReader.ReadQwen2Audio(json);
        return (Text(audio), ModelConfigWriter.Write(audio, kind));
    }

    // records that hold lists are not equal by themselves
    private static string Text<T>(T config) => JsonSerializer.Serialize(config);
}
