using Qwen2Audio.Formats.Checkpoints;

namespace Qwen2Audio.Operators.Tests;

/// <summary>Weights that are stored in blocks, of a type that products do not read in place.</summary>
public sealed class CheckpointWeightsBlockTests
{
    [Theory]
    [InlineData(WeightStorage.Packed)]
    [InlineData(WeightStorage.Stored)]
    public void Products_and_rows_are_those_of_the_same_numbers_in_single_precision(WeightStorage storage)
    {
        var source = new BlockTensors(columns: 96, rows: 20);
        using var pool = new WorkerPool(2);
        using var ops = new InferenceOps(pool);
        using var blocks = new CheckpointWeights(source, storage);
        using var wide = new CheckpointWeights(source);
        var (stored, single) = (blocks.Get("x", 20, 96), wide.Get("wide", 20, 96));
        Assert.Equal((20 * 96L, 20 * 102L), (blocks.CountBelow("x"), blocks.BytesBelow("x")));
        Assert.Equal(ops.Embed(single, [19, 0]).Span.ToArray(), ops.Embed(stored, [19, 0]).Span.ToArray());
        var x = ops.Input(OperatorsUnderTest.Random(12, 1), 3, 96);
        Assert.Equal(ops.Linear(x, single).Span.ToArray(), ops.Linear(x, stored).Span.ToArray());
        Assert.InRange(((InferenceWeight)stored).Bytes, 20 * 96 * sizeof(float), 2 * 20 * 96 * sizeof(float)); // packed in whole panels
    }

    /// <summary>The memory that is asked for before loading: blocks are widened, what products read in place is not.</summary>
    [Fact]
    public void Memory_in_use_is_that_of_the_form_in_which_weights_are_held()
    {
        var source = new BlockTensors(columns: 96, rows: 20);
        Assert.Equal(2 * 20 * 96 * sizeof(float), WeightMemory.Held(source, WeightStorage.Stored)); // x and wide
        using var model = CheckpointFolder.Open(Path.Combine(Fixtures.Repository, "tests", "fixtures", "qwen2-dense-f16"));
        var (matrices, vectors) = (model.Tensors.Values.Where(tensor => tensor.Shape.Count == 2).ToList(), model.Tensors.Values.Where(tensor => tensor.Shape.Count == 1).ToList());
        Assert.Equal(model.Tensors.Count, matrices.Count + vectors.Count);
        Assert.Equal(2 * matrices.Sum(tensor => tensor.Count) + 4 * vectors.Sum(tensor => tensor.Count), WeightMemory.Held(model, WeightStorage.Stored));
        Assert.Equal(4 * model.Tensors.Values.Sum(tensor => tensor.Count), WeightMemory.Held(model, WeightStorage.Packed));
    }
}
