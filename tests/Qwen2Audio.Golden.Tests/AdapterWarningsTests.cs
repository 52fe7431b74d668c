using Qwen2Audio.Formats;
using Qwen2Audio.Inference;

namespace Qwen2Audio.Golden.Tests;

/// <summary>Adapters and checkpoints with the right shapes but odd content, and messages about those that do not match.</summary>
public sealed class AdapterWarningsTests : IDisposable
{
    private const string Two = "\"target_modules\": [\"q_proj\", \"v_proj\"]";
    private readonly TemporaryFolder _folder = new();
    private readonly WorkerPool _pool = new(1);

    private string Base => Path.Combine(_folder, "base");

    private string Adapter => Path.Combine(_folder, "adapter");

    [Theory]
    [InlineData(Two + ", \"base_model_name_or_path\": \"Qwen/Qwen2-7B\"", "\"Qwen/Qwen2-7B\"")]
    [InlineData(Two + ", \"lora_alpha\": 0", "has no effect: its lora_alpha is 0")]
    [InlineData(Two + ", \"bias\": \"lora_only\"", "has no bias")]
    [InlineData(Two + ", \"modules_to_save\": [\"classifier\"]", "modules_to_save names classifier")]
    [InlineData(Two + ", \"fan_in_fan_out\": true", "fan_in_fan_out")]
    [InlineData(Two + ", \"base_model_name_or_path\": \"/somewhere/else/base/\"", null)]
    [InlineData(Two + ", \"base_model_name_or_path\": null", null)]
    public void What_is_odd_is_told(string settings, string? warning)
    {
        // the last value of a name counts
        FormulaModel.WriteBase(Base, tied: false);
        FormulaModel.WriteAdapter(Adapter, settings, FormulaModel.QueriesAndValues(0, 1));
        var file = Path.Combine(Adapter, "adapter_config.json");
        var text = File.ReadAllText(file);
        foreach (var (field, written) in new[] { ("base_model_name_or_path", "\"base_model_name_or_path\": \"base\", "), ("lora_alpha", "\"lora_alpha\": 4, ") })
            if (settings.Contains(field, StringComparison.Ordinal)) text = text.Replace(written, "", StringComparison.Ordinal);
        File.WriteAllText(file, text);
        using var model = LoadedModel.Open(Base);
        model.Weights.Adapter = model.Weights.AddAdapter(Adapter);
        if (warning is null) Assert.Empty(model.Weights.Warnings);
        else Assert.Contains(warning, Assert.Single(model.Weights.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_whose_products_are_zero_is_told()
    {
        FormulaModel.WriteBase(Base, tied: false);
        FormulaModel.WriteAdapter(Adapter, Two, FormulaModel.QueriesAndValues(0, 1).Select(tensor =>
            tensor.Name.Contains("lora_B", StringComparison.Ordinal) ? NewTensor.Floats(tensor.Name, [.. tensor.Shape], new float[tensor.Shape[0] * tensor.Shape[1]]) : tensor));
        using var model = LoadedModel.Open(Base);
        Assert.Contains("has no effect", Assert.Single(model.Weights.AddAdapter(Adapter).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_head_that_is_the_bases_changes_nothing_beside_A_and_B()
    {
        FormulaModel.WriteBase(Base, tied: false);
        FormulaModel.WriteAdapter(Adapter, Two, FormulaModel.QueriesAndValues(0, 1));
        using var model = LoadedModel.Open(Base);
        model.Weights.Adapter = model.Weights.AddAdapter(Adapter);
        var alone = FormulaModel.Logits(model, _pool);
        var beside = Path.Combine(_folder, "beside");
        FormulaModel.WriteAdapter(beside, Two, [.. FormulaModel.QueriesAndValues(0, 1),
            FormulaModel.Tensor("base_model.model.lm_head.weight", 3, 1, 0, 16, 8), FormulaModel.Tensor("base_model.model.model.embed_tokens.weight", 1, 1, 0, 16, 8)]);
        model.Weights.Adapter = model.Weights.AddAdapter(beside);
        Assert.Empty(model.Weights.Warnings);
        Numbers.Near("beside", alone, FormulaModel.Logits(model, _pool), 1e-6);
    }

    [Theory]
    [InlineData("base_model.model.model.layers.0.self_attn.q_proj.lora_embedding_A", "does not explain")]
    [InlineData("base_model.model.score.weight", "does not explain")]
    [InlineData("base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector", "does not explain")]
    [InlineData("base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight", "target modules (q_proj, v_proj)")]
    public void A_tensor_that_nothing_explains_is_named_with_the_adapters_file(string tensor, string text)
    {
        FormulaModel.WriteBase(Base, tied: false);
        FormulaModel.WriteAdapter(Adapter, Two, [.. FormulaModel.QueriesAndValues(0, 1), FormulaModel.Tensor(tensor, 5, 1, 0, 3)]);
        var error = Refused();
        Assert.Contains(Path.Combine(Adapter, "adapter_model.safetensors"), error, StringComparison.Ordinal);
        Assert.Contains(tensor, error, StringComparison.Ordinal);
        Assert.Contains(text, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("module.base_model.model.", "begin with \"module.\"", "have no prefix")]
    [InlineData("", "have no prefix", "begin with \"base_model.model.\"")]
    [InlineData("base_model.model.language_model.", "begin with \"base_model.model.language_model.\"", "begin with \"base_model.model.\"")]
    public void Names_with_another_beginning_are_told_by_what_differs(string beginning, string found, string allowed)
    {
        FormulaModel.WriteBase(Base, tied: false);
        FormulaModel.WriteAdapter(Adapter, Two, FormulaModel.QueriesAndValues(0, 1).Select(tensor => Renamed(tensor, beginning + tensor.Name["base_model.model.".Length..])));
        var error = Refused();
        Assert.Contains("names of 8 tensors", error, StringComparison.Ordinal);
        Assert.Contains($"which {found}; allowed: names that {allowed}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("base_model.")]
    [InlineData("module.")]
    [InlineData("transformer.")]
    public void A_checkpoint_with_another_beginning_shows_it(string prefix)
    {
        FormulaModel.WriteBase(Base, tied: false);
        Rewrite(tensor => Renamed(tensor, prefix + tensor.Name));
        var error = Assert.Throws<CheckpointException>(() => LoadedModel.Open(Base)).Message;
        Assert.Contains($"begin with \"{prefix}\"", error, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error, StringComparison.Ordinal); // one problem, not 27
    }

    [Fact]
    public void A_pickled_adapter_alone_is_refused_with_the_way_to_convert_it()
    {
        FormulaModel.WriteBase(Base, tied: false);
        FormulaModel.WriteAdapter(Adapter, Two, []);
        File.Move(Path.Combine(Adapter, "adapter_model.safetensors"), Path.Combine(Adapter, "adapter_model.bin"));
        var error = Refused();
        Assert.Contains("adapter_model.bin", error, StringComparison.Ordinal);
        Assert.Contains("safetensors.torch.save_file", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_folder_is_no_adapter()
    {
        FormulaModel.WriteBase(Base, tied: false);
        using var model = LoadedModel.Open(Base);
        Assert.Contains("a model's config.json", Assert.Throws<ConfigException>(() => model.Weights.AddAdapter(Base)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stored_head_beside_a_tied_embedding_is_told_when_it_differs()
    {
        FormulaModel.WriteBase(Base, tied: true);
        var tied = Logits();
        Rewrite(tensor => tensor, FormulaModel.Tensor("lm_head.weight", 1, 1, 0, 16, 8)); // the same numbers
        using (var same = LoadedModel.Open(Base)) Assert.Empty(same.Weights.Warnings);
        FormulaModel.WriteBase(Base, tied: true);
        Rewrite(tensor => tensor, FormulaModel.Tensor("lm_head.weight", 3, 1, 0, 16, 8));
        using var other = LoadedModel.Open(Base);
        Assert.Contains("lm_head.weight and model.embed_tokens.weight differ", Assert.Single(other.Weights.Warnings), StringComparison.Ordinal);
        Assert.Equal(tied, FormulaModel.Logits(other, _pool)); // the embedding is used
    }

    [Fact]
    public void An_adapter_in_a_model_folder_is_told()
    {
        FormulaModel.WriteBase(Base, tied: false);
        FormulaModel.WriteAdapter(Base, Two, FormulaModel.QueriesAndValues(0, 1));
        using var model = LoadedModel.Open(Base);
        Assert.Contains("--adapter", Assert.Single(model.Weights.Warnings), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    private static NewTensor Renamed(NewTensor tensor, string name) => FormulaModel.Tensor(name, 7, 1, 0, [.. tensor.Shape]);

    private float[] Logits()
    {
        using var model = LoadedModel.Open(Base);
        return FormulaModel.Logits(model, _pool);
    }

    private void Rewrite(Func<NewTensor, NewTensor> change, params NewTensor[] more)
    {
        var path = Path.Combine(Base, "model.safetensors");
        List<NewTensor> tensors;
        using (var before = SafetensorsFile.Open(path))
            tensors = [.. before.Tensors.Values.Select(tensor => change(NewTensor.Floats(tensor.Name, [.. tensor.Shape], before.ReadFloats(tensor.Name)))), .. more];
        SafetensorsWriter.Write(path, tensors);
    }

    private string Refused()
    {
        using var model = LoadedModel.Open(Base);
        return Assert.Throws<CheckpointException>(() => model.Weights.AddAdapter(Adapter)).Message;
    }
}
