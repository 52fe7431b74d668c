namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>A model folder reads its parts one by one: a missing or damaged part affects only callers that ask for it.</summary>
public sealed class ModelFolderTests : TestInFolder
{
    [Fact]
    public void The_shipped_model_has_every_part()
    {
        using var model = ModelSource.Open(Path.Combine(Fixtures.Repository, "models", "default"));
        foreach (var part in Enum.GetValues<ModelPart>()) Assert.True(model.Has(part), $"{part}");
        Assert.Equal((ModelKinds.Qwen2AudioCtc, ModelKinds.Qwen2AudioCtc), (model.Kind, model.Description.Kind));
        Assert.Equal(model.Description.TensorCount, model.Tensors.Count);
        Assert.Equal(model.Description.Parameters, model.Tensors.Values.Sum(tensor => tensor.Count));
        Assert.All(model.Files, file => Assert.True(File.Exists(file)));
        Assert.InRange(model.ReadTokenizer().Size, 1, model.Description.Text!.VocabSize);
        Assert.NotNull(model.ReadGeneration());
        Assert.NotNull(model.ReadPreprocessor());
        Assert.Empty(model.Warnings);
    }

    [Fact]
    public void An_empty_folder_has_none()
    {
        using var model = ModelSource.Open(Folder);
        foreach (var part in Enum.GetValues<ModelPart>()) Assert.False(model.Has(part), $"{part}");
        Assert.Null(model.ReadGeneration());
        Assert.Null(model.ReadPreprocessor());
        Assert.Contains("no config.json", Assert.Throws<ConfigException>(() => model.Kind).Message, StringComparison.Ordinal);
        Assert.Throws<Qwen2Audio.Text.TokenizerFileException>(model.ReadTokenizer);
    }

    [Fact]
    public void A_configuration_is_read_without_the_weights_and_the_weights_when_they_are_asked_for()
    {
        Put("config.json", """{"model_type": "qwen2", "hidden_size": 32, "num_attention_heads": 2, "num_key_value_heads": 2, "num_hidden_layers": 1, "vocab_size": 9}""");
        using (var without = ModelSource.Open(Folder))
        {
            Assert.Equal(ModelKinds.Qwen2, without.Kind);
            Assert.Contains("no tensor files", Assert.Throws<CheckpointException>(() => without.Tensors).Message, StringComparison.Ordinal);
        }

        Put("model.safetensors", "damaged");
        using var damaged = ModelSource.Open(Folder);
        Assert.True(damaged.Has(ModelPart.Tensors));
        Assert.Equal(9, damaged.Description.Text!.VocabSize);
        Assert.Contains("model.safetensors", Assert.Throws<CheckpointException>(() => damaged.Tensors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_without_a_folder_is_refused()
    {
        Put("x.json", "{}");
        Assert.Contains("found a file; allowed: a model folder", Assert.Throws<CheckpointException>(() => ModelSource.Open(Path.Combine(Folder, "x.json"))).Message, StringComparison.Ordinal);
        Assert.Contains("no such folder", Assert.Throws<CheckpointException>(() => ModelSource.Open(Path.Combine(Folder, "none"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ModelSource.Open(""));
    }

    [Fact]
    public void An_adapter_beside_the_model_is_told_of()
    {
        Put("adapter_config.json", "{}");
        using var model = ModelSource.Open(Folder);
        Assert.Contains("adapter_config.json", Assert.Single(model.Warnings), StringComparison.Ordinal);
    }

    private void Put(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);
}
