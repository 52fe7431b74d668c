using Qwen2Audio.Inference;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Testing;

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
    }
}
