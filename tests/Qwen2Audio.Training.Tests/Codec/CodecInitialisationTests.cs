using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Quantisation;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.Codec;

/// <summary>How codebooks are initialised and reset.</summary>
public sealed class CodecInitialisationTests
{
    [Fact]
    public void KMeans_finds_clusters_and_wastes_no_centre()
    {
        using var pool = new WorkerPool(2);
        using var memory = new NativeArena();
        var rows = memory.Allocate(90, 2);
        for (var i = 0; i < 90; i++) (rows.Row(i)[0], rows.Row(i)[1]) = (i % 3 * 10 + 0.01f * (i / 3 % 5 - 2), i % 3 == 1 ? 5 : 0);
        var centres = memory.Allocate(3, 2);
        var nearest = KMeans.Fit(pool, rows, centres, 20, new CounterRandom(1, 5));
        Assert.Equal([0f, 10, 20], Enumerable.Range(0, 3).Select(c => MathF.Round(centres.Row(c)[0])).Order());
        for (var i = 3; i < 90; i++) Assert.Equal(nearest[i % 3], nearest[i]);
    }

    /// <summary>Two ranks with half of the rows each have the averages of one rank with all rows, and agree on which entries are reset.</summary>
    [Fact]
    public void Averages_and_new_entries_are_those_of_all_ranks()
    {
        var alone = Run(new OneRank(), 0, 8);
        var together = new float[2][];
        ThreadRanks.Run(2, ranks => together[ranks.Rank] = Run(ranks, 4 * ranks.Rank, 4));
        Assert.Equal(together[0], together[1]);
        for (var i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[0][i], 1e-6f);
        Assert.Contains(Enumerable.Range(0, 8), row => alone[6] == Value(row, 0) && alone[7] == Value(row, 1)); // the fourth entry, far from every row
    }

    private static float Value(int row, int column) => row % 3 + 0.1f * row - 0.3f * column;

    /// <summary>One step over some of eight rows; the entries after it.</summary>
    private static float[] Run(IRanks ranks, int first, int count)
    {
        using var pool = new WorkerPool(1);
        using var ops = new TrainingOps(pool);
        using var parameters = new ParameterSet();
        IWeight book = parameters.Weights.Get("book", 4, 2), sizes = parameters.Weights.Get("sizes", 4), sums = parameters.Weights.Get("sums", 4, 2);
        parameters.Allocate(_ => true);
        var average = new CodebookAverage([book], [sizes], [sums], decay: 0.5);
        using var memory = new NativeArena();
        var start = memory.Allocate(4, 2);
        float[] entries = [0, 0, 1, 1, 2, 2, 100, 100];
        entries.CopyTo(start.Span);
        average.Initialise(0, start, [2, 2, 2, 0.1]);
        float[] values = [.. Enumerable.Range(first, count).SelectMany(row => new[] { Value(row, 0), Value(row, 1) })];
        ops.Begin();
        ops.Quantise(ops.Input(values, count, 2), [new QuantiserStage(book)], new int[count]);
        average.Update(ops, ranks);
        Assert.Equal(1, average.Restart(ops, 0.1, 0.5, new CounterRandom(3, 0), ranks));
        return parameters["book"].Value.Span.ToArray();
    }
}
