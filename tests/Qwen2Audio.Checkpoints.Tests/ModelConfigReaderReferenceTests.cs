using System.Text.Json.Nodes;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>Published configurations: all values including defaults, parameters, tensors; in every spelling.</summary>
public sealed class ModelConfigReaderReferenceTests
{
    // their reader and its test belong to Whisper
    private static readonly string[] OtherReaders = ["whisper"];

    public static TheoryData<string> Files()
    {
        var files = !Fixtures.Has("configs") ? [] : Directory.EnumerateFiles(Fixtures.Locate("configs"), "*.json")
            .Where(file => !OtherReaders.Contains(Root(file)["config"]!["model_type"]!.GetValue<string>()))
            .Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal).ToArray();
        return [.. files.Length == 0 ? ["none"] : files];
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_complete_values_are_the_recorded_ones(string file)
    {
        var recorded = Recorded(file);
        Assert.Empty(CompleteValues.Differences(Describe(recorded), (JsonObject)recorded["complete"]!));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Parameters_and_tensors_are_the_recorded_ones(string file)
    {
        var recorded = Recorded(file);
        var model = Describe(recorded);
        Assert.Equal(recorded["parameters"]!.GetValue<long>(), model.Parameters);
        Assert.Equal(recorded["tensor_count"]!.GetValue<int>(), model.TensorCount);
        var tensors = model.Tensors().ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        Assert.Equal(model.TensorCount, tensors.Count);
        Assert.Equal(model.Parameters, tensors.Values.Sum(shape => shape.Aggregate(1L, (product, size) => product * size)));
        var named = recorded["tensors_of_first_layer_and_outside"]!.AsObject();
        foreach (var (name, shape) in named)
        {
            Assert.True(tensors.TryGetValue(name, out var found), name);
            Assert.Equal($"{name} {shape!.ToJsonString()}", $"{name} [{string.Join(',', found)}]");
        }

        Assert.DoesNotContain(tensors.Keys, name => IsFirstOrOutside(name) && !named.ContainsKey(name));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Harmless_fields_are_accepted_and_named(string file)
    {
        var recorded = Recorded(file);
        var config = recorded["config"]!.AsObject();
        config["_name_or_path"] = "somewhere";
        config["auto_map"] = new JsonObject { ["AutoConfig"] = "configuration_qwen.Config" };
        config["use_mrope"] = false;
        config["transformers_version"] = "4.99.0";
        config["some_later_field"] = new JsonArray(1, 2);
        config["rope_scaling"] ??= null;
        var model = Describe(recorded);
        Assert.Empty(CompleteValues.Differences(model, (JsonObject)recorded["complete"]!));
        foreach (var field in new[] { "_name_or_path", "auto_map", "transformers_version", "some_later_field" })
            Assert.Contains($"$.{field}", model.FieldsNotUsed);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_newer_spelling_means_the_same(string file)
    {
        var recorded = Recorded(file);
        var older = Describe(recorded);
        Respell(recorded["config"]!.AsObject());
        if (recorded["config"]!["text_config"] is JsonObject text) Respell(text);
        var newer = Describe(recorded);
        Assert.Equal(older.Text, newer.Text);
        Assert.Equal(older.Encoder, newer.Encoder);
        Assert.Equal(older.StoredType, newer.StoredType);
        Assert.Equal(older.Parameters, newer.Parameters);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_complete_configuration_means_the_same(string file)
    {
        var recorded = Recorded(file);
        var complete = recorded["complete"]!.DeepClone().AsObject();
        complete["model_type"] = recorded["config"]!["model_type"]!.DeepClone();
        var given = Describe(recorded);
        var model = ModelDescription.Read(ConfigObject.Parse(complete.ToJsonString(), file));
        Assert.Equal(given.Parameters, model.Parameters);
        if (given.Text!.Moe is null) Assert.Equal(given.Text, model.Text);
    }

    private static void Respell(JsonObject config)
    {
        if (config["torch_dtype"] is { } type) config["dtype"] = type.DeepClone();
        config.Remove("torch_dtype");
        if (config["model_type"]?.GetValue<string>() == "qwen2_audio") return;
        var rope = config["rope_scaling"]?.DeepClone().AsObject() ?? new JsonObject { ["rope_type"] = "default" };
        if (rope["type"] is { } kind) rope["rope_type"] = kind.DeepClone();
        rope.Remove("type");
        if (config["rope_theta"] is { } theta) rope["rope_theta"] = theta.DeepClone();
        config.Remove("rope_theta");
        config.Remove("rope_scaling");
        config["rope_parameters"] = rope;
        if (config["num_hidden_layers"]?.GetValue<int>() is { } layers)
            config["layer_types"] = new JsonArray([.. Enumerable.Repeat(0, layers).Select(_ => (JsonNode)"full_attention")]);
    }

    private static bool IsFirstOrOutside(string name)
    {
        var parts = name.Split('.');
        for (var i = 0; i + 1 < parts.Length; i++)
            if (parts[i] is "layers" or "experts" && parts[i + 1] != "0") return false;
        return true;
    }

    private static ModelDescription Describe(JsonObject recorded) =>
        ModelDescription.Read(ConfigObject.Parse(recorded["config"]!.ToJsonString(), "config.json"));

    private static JsonObject Recorded(string file)
    {
        Assert.SkipUnless(Fixtures.Has("configs", file), Fixtures.MissingReason("configs", file));
        return Root(Fixtures.Locate("configs", file));
    }

    private static JsonObject Root(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();
}
