namespace Qwen2Audio.Numerics.Attention;

public static unsafe partial class ScaledDotProductAttention
{
    private static void CheckForward(in AttentionShape shape, ReadOnlySpan<AttentionSegment> segments)
    {
        CheckShape(shape);
        for (var i = 0; i < segments.Length; i++)
        {
            ref readonly var segment = ref segments[i];
            CheckInputs(shape, segment, i);
            Expect(segment.Y, segment.Q.Rows, shape.Heads * shape.HeadDim, i, "Y");
            if (!segment.LogSumExp.IsNull) Expect(segment.LogSumExp, shape.Heads, segment.Q.Rows, i, "LogSumExp");
        }
    }

    private static void CheckBackward(in AttentionShape shape, ReadOnlySpan<AttentionSegment> segments)
    {
        CheckShape(shape);
        for (var i = 0; i < segments.Length; i++)
        {
            ref readonly var segment = ref segments[i];
            CheckInputs(shape, segment, i);
            Expect(segment.LogSumExp, shape.Heads, segment.Q.Rows, i, "LogSumExp");
            Expect(segment.DY, segment.Q.Rows, segment.Q.Columns, i, "DY");
            Expect(segment.DQ, segment.Q.Rows, segment.Q.Columns, i, "DQ");
            Expect(segment.DK, segment.K.Rows, segment.K.Columns, i, "DK");
            Expect(segment.DV, segment.V.Rows, segment.V.Columns, i, "DV");
        }
    }

    private static void CheckShape(in AttentionShape shape)
    {
        if (shape.Heads < 1 || shape.KvHeads < 1 || shape.Heads % shape.KvHeads != 0 || shape.HeadDim < 1 || shape.Window < 0 || shape.Chunk < 1)
            throw new ArgumentException($"{shape}: heads must be a multiple of the key/value heads, the window 0 or more, the chunk 1 or more.");
    }

    private static void CheckInputs(in AttentionShape shape, in AttentionSegment segment, int index)
    {
        Expect(segment.Q, segment.Q.Rows, shape.Heads * shape.HeadDim, index, "Q");
        Expect(segment.K, segment.K.Rows, shape.KvHeads * shape.HeadDim, index, "K");
        Expect(segment.V, segment.K.Rows, shape.KvHeads * shape.HeadDim, index, "V");
    }

    private static void Expect(Matrix matrix, int rows, int columns, int index, string name)
    {
        if (matrix.Rows != rows || matrix.Columns != columns)
        {
            throw new ArgumentException(
                $"Segment {index}: {name} is {matrix.Rows} × {matrix.Columns}, {rows} × {columns} is needed.");
        }
    }
}
