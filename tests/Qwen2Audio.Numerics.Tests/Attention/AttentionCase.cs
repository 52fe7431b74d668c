using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Numerics.Tests.Attention;

/// <summary>A segment of random values whose rows are views of wider rows, like those of a fused projection.</summary>
internal sealed class AttentionCase : IDisposable
{
    private const int Gap = 3;
    private readonly NativeArena _arena = new(1 << 16);

    public AttentionCase(AttentionShape shape, int queries, int keys, int offset, int seed, float spread = 1f)
    {
        Shape = shape;
        var random = new Random(seed);
        var wide = shape.Heads * shape.HeadDim;
        var narrow = shape.KvHeads * shape.HeadDim;
        Segment = new AttentionSegment
        {
            Q = Filled(queries, wide, random, spread),
            K = Filled(keys, narrow, random, spread),
            V = Filled(keys, narrow, random, 1f),
            Y = Filled(queries, wide, random, 1f),
            Offset = offset,
            LogSumExp = Filled(shape.Heads, queries, random, 1f),
            DY = Filled(queries, wide, random, 1f),
            DQ = Filled(queries, wide, random, 0f),
            DK = Filled(keys, narrow, random, 0f),
            DV = Filled(keys, narrow, random, 0f),
        };
    }

    public AttentionShape Shape { get; }

    public AttentionSegment Segment { get; }

    public void Dispose() => _arena.Dispose();

    public Matrix Filled(int rows, int columns, Random random, float spread)
    {
        var matrix = _arena.Allocate(rows, columns + Gap);
        matrix.Fill(float.NaN); // a read beside the rows shows
        matrix = matrix.ColumnRange(1, columns);
        for (var i = 0; i < rows; i++)
        {
            foreach (ref var value in matrix.Row(i)) value = (random.NextSingle() * 2f - 1f) * spread;
        }

        return matrix;
    }
}
