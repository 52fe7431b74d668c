using Qwen2Audio.Formats.Checkpoints;

namespace Qwen2Audio.Checkpoints.Tests;

/// <summary>Counted parameters compared with the tensors that a model requests, and with those of recorded checkpoints.</summary>
public sealed class ModelCountsTests
{
    [Theory]
    [InlineData("""{"model_type":"qwen2_moe","num_hidden_layers":7,"hidden_size":64,"num_attention_heads":4,"num_key_value_heads":2,"decoder_sparse_step":2,"mlp_only_layers":[3],"num_experts":5,"num_experts_per_tok":2,"vocab_size":100}""", 2)]
    [InlineData("""{"model_type":"qwen2_moe","num_hidden_layers":4,"hidden_size":64,"num_attention_heads":4,"num_key_value_heads":4,"shared_expert_intermediate_size":0,"num_experts":3,"num_experts_per_tok":3,"vocab_size":100}""", 4)]
    [InlineData("""{"model_type":"qwen2_moe","num_hidden_layers":3,"hidden_size":64,"num_attention_heads":4,"num_key_value_heads":4,"decoder_sparse_step":9,"num_experts":3,"num_experts_per_tok":1,"vocab_size":100}""", 0)]
    public void Experts_are_counted_layer_by_layer(string json, int sparseLayers)
    {
        var model = ModelDescription.Read(ConfigObject.Parse(json, "config.json"));
        var tensors = model.Tensors();
        Assert.Equal(tensors.Count, model.TensorCount);
        Assert.Equal(tensors.Sum(Numbers), model.Parameters);
        var expert = 3L * model.Text!.HiddenSize * model.Text.Moe!.MoeIntermediateSize;
        Assert.Equal(model.Parameters - sparseLayers * expert * (model.Text.Moe.NumExperts - model.Text.Moe.NumExpertsPerTok), model.ActiveParameters);
    }

    [Fact]
    public void Every_recorded_checkpoint_holds_the_tensors_that_its_configuration_says()
    {
        var folders = Fixtures.Folders("qwen2-", "config.json").Where(name => Directory.EnumerateFiles(Fixtures.Locate(name), "*.safetensors").Any()).ToList();
        Assert.SkipUnless(folders.Count > 0, Fixtures.MissingReason("qwen2-*"));
        foreach (var name in folders)
        {
            using var folder = CheckpointFolder.Open(Fixtures.Locate(name));
            var model = ModelDescription.Read(folder.Config);
            TensorCheck.Require(folder, model.Tensors());
            Assert.Equal((name, folder.Tensors.Count), (name, model.TensorCount));
            Assert.Equal((name, folder.Tensors.Values.Sum(tensor => tensor.Count)), (name, model.Parameters));
        }
    }

    [Fact]
    public void The_shipped_model_is_described()
    {
        var model = ModelDescription.Open(Path.Combine(Fixtures.Repository, "models", "default"));
        Assert.Equal(model.Tensors().Sum(Numbers), model.Parameters);
        Assert.InRange(model.ActiveParameters, model.Parameters / 2, model.Parameters - 1); // two of four experts
    }

    private static long Numbers(ExpectedTensor tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);
}
