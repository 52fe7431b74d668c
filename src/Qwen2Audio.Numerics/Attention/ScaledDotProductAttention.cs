using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// Scaled dot-product attention of packed sequences. A query's result depends only on its own sequence, not on the other sequences of
/// the call or on the number of threads. A query that sees no key gives 0 and contributes no gradient.
/// </summary>
public static unsafe partial class ScaledDotProductAttention
{
    /// <summary>Y = softmax(Q·Kᵀ/√dim)·V for every segment; LogSumExp is written if it is set.</summary>
    /// <exception cref="ArgumentException">The matrices of a segment do not match the shape.</exception>
    public static void Forward(WorkerPool pool, in AttentionShape shape, ReadOnlySpan<AttentionSegment> segments)
    {
        CheckForward(shape, segments);
        fixed (AttentionSegment* pointer = segments)
        {
            var job = new AttentionJob { Shape = shape, Segments = pointer, Count = segments.Length };
            if (Vector512.IsHardwareAccelerated) AttentionForward<FloatLanes512, Vector512<float>>.Run(pool, job);
            else if (Vector256.IsHardwareAccelerated) AttentionForward<FloatLanes256, Vector256<float>>.Run(pool, job);
            else AttentionForward<FloatLanes128, Vector128<float>>.Run(pool, job);
        }
    }

    /// <summary>
    /// Adds the gradients of Q, K and V to DQ, DK and DV, given DY and the LogSumExp of the forward pass. Y is not read.
    /// </summary>
    /// <exception cref="ArgumentException">The matrices of a segment do not match the shape.</exception>
    public static void Backward(WorkerPool pool, in AttentionShape shape, ReadOnlySpan<AttentionSegment> segments)
    {
        CheckBackward(shape, segments);
        fixed (AttentionSegment* pointer = segments)
        {
            var job = new AttentionJob { Shape = shape, Segments = pointer, Count = segments.Length };
            if (Vector512.IsHardwareAccelerated) AttentionBackward<FloatLanes512, Vector512<float>>.Run(pool, job);
            else if (Vector256.IsHardwareAccelerated) AttentionBackward<FloatLanes256, Vector256<float>>.Run(pool, job);
            else AttentionBackward<FloatLanes128, Vector128<float>>.Run(pool, job);
        }
    }

    /// <summary>
    /// The weights that the forward pass gives each value, row h · queries + i for query i of head h; 0 for keys not visible.
    /// </summary>
    /// <param name="shape">The form of attention.</param>
    /// <param name="segment">Only Q, K and Offset are read.</param>
    /// <param name="probabilities">[heads · queries, keys].</param>
    public static void Probabilities(WorkerPool pool, in AttentionShape shape, AttentionSegment segment, Matrix probabilities)
    {
        CheckShape(shape);
        Expect(segment.Q, segment.Q.Rows, shape.Heads * shape.HeadDim, 0, "Q");
        Expect(segment.K, segment.K.Rows, shape.KvHeads * shape.HeadDim, 0, "K");
        Expect(probabilities, shape.Heads * segment.Q.Rows, segment.K.Rows, 0, "probabilities");
        var job = new ProbabilitiesJob(shape, segment, probabilities);
        pool.Run(probabilities.Rows, &ProbabilitiesItem, &job);
    }

    private readonly struct ProbabilitiesJob(AttentionShape shape, AttentionSegment segment, Matrix output)
    {
        public readonly AttentionShape Shape = shape;
        public readonly AttentionSegment Segment = segment;
        public readonly Matrix Output = output;
    }

    private static void ProbabilitiesItem(void* context, int item, int worker)
    {
        ref var job = ref *(ProbabilitiesJob*)context;
        var shape = job.Shape;
        var keys = job.Segment.K;
        var (head, query) = Math.DivRem(item, job.Segment.Q.Rows);
        var position = query + job.Segment.Offset;
        var end = shape.EndKey(position, keys.Rows);
        var first = Math.Min(shape.FirstKey(position), end);
        var row = job.Output.Row(item);
        row.Clear();
        var weights = row[first..end];
        var q = job.Segment.Q.Row(query).Slice(head * shape.HeadDim, shape.HeadDim);
        var max = float.NegativeInfinity;
        for (var j = 0; j < weights.Length; j++)
        {
            var k = keys.Row(first + j).Slice(head / shape.Group * shape.HeadDim, shape.HeadDim);
            var score = 0f;
            for (var d = 0; d < q.Length; d++) score += q[d] * k[d];
            weights[j] = score * shape.Scale;
            max = MathF.Max(max, weights[j]);
        }

        var total = 0f;
        foreach (ref var weight in weights) total += weight = MathF.Exp(weight - max);
        foreach (ref var weight in weights) weight /= total;
    }
}
