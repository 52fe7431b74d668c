namespace Qwen2Audio.Numerics;

/// <summary>
/// Scaled dot-product attention of packed sequences. A query's result depends on its own sequence alone, not on the other sequences of
/// the call or on the number of threads. A query that sees no key gives 0 and takes part in no gradient.
/// </summary>
public static unsafe partial class Attention
{
    /// <summary>Y = softmax(Q·Kᵀ/√dim)·V for every segment; LogSumExp is written where it is given.</summary>
    /// <exception cref="ArgumentException">The matrices of a segment do not fit the shape.</exception>
    public static void Forward(WorkerPool pool, in AttentionShape shape, ReadOnlySpan<AttentionSegment> segments)
    {
        CheckForward(shape, segments);
        fixed (AttentionSegment* pointer = segments)
        {
            var job = new Job(shape, pointer);
            job.Reserve(pool, segments);
            pool.Run(segments.Length * shape.KvHeads, &ForwardItem, &job);
        }
    }

    /// <summary>
    /// Adds the gradients of Q, K and V to DQ, DK and DV, given DY and the LogSumExp of the forward pass. Y is not read.
    /// </summary>
    /// <exception cref="ArgumentException">The matrices of a segment do not fit the shape.</exception>
    public static void Backward(WorkerPool pool, in AttentionShape shape, ReadOnlySpan<AttentionSegment> segments)
    {
        CheckBackward(shape, segments);
        fixed (AttentionSegment* pointer = segments)
        {
            var job = new Job(shape, pointer);
            job.Reserve(pool, segments);
            pool.Run(segments.Length * shape.KvHeads, &BackwardItem, &job);
        }
    }

    /// <summary>
    /// The weights that the forward pass gives each value, row h · queries + i for query i of head h; 0 for keys out of sight.
    /// </summary>
    /// <param name="pool">The workers.</param>
    /// <param name="shape">The form of attention.</param>
    /// <param name="segment">Only Q, K and Offset are read.</param>
    /// <param name="probabilities">[heads · queries, keys].</param>
    public static void Probabilities(WorkerPool pool, in AttentionShape shape, AttentionSegment segment, Matrix probabilities)
    {
        CheckShape(shape);
        Expect(segment.Q, segment.Q.Rows, shape.Heads * shape.HeadDim, 0, "Q");
        Expect(segment.K, segment.K.Rows, shape.KvHeads * shape.HeadDim, 0, "K");
        Expect(probabilities, shape.Heads * segment.Q.Rows, segment.K.Rows, 0, "probabilities");
        var job = new Job(shape, &segment) { Output = probabilities };
        pool.Run(shape.Heads, &ProbabilitiesItem, &job);
    }

    private struct Job(AttentionShape shape, AttentionSegment* segments)
    {
        public readonly AttentionShape Shape = shape;
        public readonly AttentionSegment* Segments = segments;
        public Matrix Output;
        public float* Scratch;
        public int Keys;

        /// <summary>Takes room for two rows of weights an item.</summary>
        public void Reserve(WorkerPool pool, ReadOnlySpan<AttentionSegment> segments)
        {
            foreach (ref readonly var segment in segments) Keys = Math.Max(Keys, segment.K.Rows);
            Scratch = pool.Scratch(pool.Threads, 2L * segments.Length * Shape.KvHeads * Keys);
        }
    }

    /// <summary>Weights of all keys for one query of one head; returns log Σ exp.</summary>
    private static float Weights(in AttentionShape shape, in AttentionSegment segment, int head, int query, Span<float> weights)
    {
        var dim = shape.HeadDim;
        var kv = head / shape.Group;
        var position = query + segment.Offset;
        var first = shape.FirstKey(position);
        var end = shape.EndKey(position, segment.K.Rows);
        weights.Clear();
        if (first >= end) return float.NegativeInfinity;
        var q = segment.Q.Row(query).Slice(head * dim, dim);
        var max = float.NegativeInfinity;
        for (var j = first; j < end; j++)
        {
            var k = segment.K.Row(j).Slice(kv * dim, dim);
            var sum = 0f;
            for (var d = 0; d < dim; d++) sum += q[d] * k[d];
            weights[j] = sum * shape.Scale;
            max = MathF.Max(max, weights[j]);
        }

        var total = 0f;
        for (var j = first; j < end; j++) total += weights[j] = MathF.Exp(weights[j] - max);
        for (var j = first; j < end; j++) weights[j] /= total;
        return max + MathF.Log(total);
    }

    private static void ProbabilitiesItem(void* context, int head, int worker)
    {
        ref var job = ref *(Job*)context;
        ref var segment = ref job.Segments[0];
        var queries = segment.Q.Rows;
        for (var i = 0; i < queries; i++) Weights(job.Shape, segment, head, i, job.Output.Row(head * queries + i));
    }

    private static void ForwardItem(void* context, int item, int worker)
    {
        ref var job = ref *(Job*)context;
        ref var segment = ref job.Segments[item / job.Shape.KvHeads];
        var kv = item % job.Shape.KvHeads;
        var dim = job.Shape.HeadDim;
        var weights = new Span<float>(job.Scratch + (long)item * 2 * job.Keys, segment.K.Rows);
        for (var head = kv * job.Shape.Group; head < (kv + 1) * job.Shape.Group; head++)
        {
            for (var i = 0; i < segment.Q.Rows; i++)
            {
                var sum = Weights(job.Shape, segment, head, i, weights);
                if (!segment.LogSumExp.IsNull) segment.LogSumExp.Row(head)[i] = sum;
                var y = segment.Y.Row(i).Slice(head * dim, dim);
                for (var d = 0; d < dim; d++)
                {
                    var total = 0.0;
                    for (var j = 0; j < weights.Length; j++)
                        if (weights[j] != 0f) total += weights[j] * segment.V.Row(j)[kv * dim + d];
                    y[d] = (float)total;
                }
            }
        }
    }

    private static void BackwardItem(void* context, int item, int worker)
    {
        ref var job = ref *(Job*)context;
        ref var segment = ref job.Segments[item / job.Shape.KvHeads];
        var kv = item % job.Shape.KvHeads;
        var dim = job.Shape.HeadDim;
        var weights = new Span<float>(job.Scratch + (long)item * 2 * job.Keys, segment.K.Rows);
        var slopes = new Span<float>(job.Scratch + ((long)item * 2 + 1) * job.Keys, segment.K.Rows);
        for (var head = kv * job.Shape.Group; head < (kv + 1) * job.Shape.Group; head++)
        {
            for (var i = 0; i < segment.Q.Rows; i++)
            {
                Weights(job.Shape, segment, head, i, weights);
                var dy = segment.DY.Row(i).Slice(head * dim, dim);
                var q = segment.Q.Row(i).Slice(head * dim, dim);
                var dq = segment.DQ.Row(i).Slice(head * dim, dim);
                var mean = 0f;
                for (var j = 0; j < weights.Length; j++)
                {
                    var v = segment.V.Row(j).Slice(kv * dim, dim);
                    slopes[j] = 0f;
                    for (var d = 0; d < dim; d++) slopes[j] += dy[d] * v[d];
                    mean += weights[j] * slopes[j];
                }

                for (var j = 0; j < weights.Length; j++)
                {
                    if (weights[j] == 0f) continue;
                    var k = segment.K.Row(j).Slice(kv * dim, dim);
                    var dk = segment.DK.Row(j).Slice(kv * dim, dim);
                    var dv = segment.DV.Row(j).Slice(kv * dim, dim);
                    var slope = weights[j] * (slopes[j] - mean) * job.Shape.Scale;
                    for (var d = 0; d < dim; d++)
                    {
                        dq[d] += slope * k[d];
                        dk[d] += slope * q[d];
                        dv[d] += weights[j] * dy[d];
                    }
                }
            }
        }
    }
}
