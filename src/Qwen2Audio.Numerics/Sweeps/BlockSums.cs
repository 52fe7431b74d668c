using System.Numerics;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>
/// Sums over all values of a matrix: each block of fixed length gives one double, and the blocks are added in order, so that the
/// result does not depend on the number of threads.
/// </summary>
internal static unsafe class BlockSums
{
    private const int BlockLength = 16384;
    private const int MaxInline = 3;

    public enum Kind
    {
        Numbers,
        Squares,
        NotFinite,
    }

    public static double Run(WorkerPool pool, Matrix x, Kind kind)
    {
        if (x.Length == 0) return 0;
        if (x.IsContiguous && x.Length <= int.MaxValue) x = new Matrix(x.Data, 1, (int)x.Length, (int)x.Length);
        var job = new Job { X = x, Kind = kind, BlocksPerRow = (int)(((long)x.Columns + BlockLength - 1) / BlockLength) };
        var blocks = checked(job.BlocksPerRow * x.Rows);
        job.Sums = (double*)pool.Scratch(pool.Threads, 2L * blocks);
        if (blocks > MaxInline) pool.Run(blocks, &Block, &job);
        else for (var i = 0; i < blocks; i++) Block(&job, i, 0);
        var sum = 0.0;
        for (var i = 0; i < blocks; i++) sum += job.Sums[i];
        return sum;
    }

    private static void Block(void* context, int item, int worker)
    {
        var job = (Job*)context;
        var start = item % job->BlocksPerRow * BlockLength;
        var data = job->X.Data + (long)(item / job->BlocksPerRow) * job->X.Stride + start;
        var count = Math.Min(BlockLength, job->X.Columns - start);
        job->Sums[item] = job->Kind switch
        {
            Kind.Numbers => Numbers(data, count),
            Kind.Squares => Squares(data, count),
            _ => NotFinite(data, count) ? 1 : 0,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Numbers(float* x, int count)
    {
        var (low, high) = (Vector<double>.Zero, Vector<double>.Zero);
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(x + i), out var first, out var second);
            low += first;
            high += second;
        }

        var sum = Vector.Sum(low + high);
        for (; i < count; i++) sum += x[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Squares(float* x, int count)
    {
        var (a, b, c, d) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
        var i = 0;
        for (; i <= count - 2 * Vector<float>.Count; i += 2 * Vector<float>.Count) // four sums, for the additions' latency
        {
            Vector.Widen(Vector.Load(x + i), out var first, out var second);
            Vector.Widen(Vector.Load(x + i + Vector<float>.Count), out var third, out var fourth);
            a = Vector.MultiplyAddEstimate(first, first, a);
            b = Vector.MultiplyAddEstimate(second, second, b);
            c = Vector.MultiplyAddEstimate(third, third, c);
            d = Vector.MultiplyAddEstimate(fourth, fourth, d);
        }

        var sum = Vector.Sum(a + b + (c + d));
        for (; i < count; i++) sum += (double)x[i] * x[i];
        return sum;
    }

    /// <summary>0 · x is 0 for finite values and NaN for all others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool NotFinite(float* x, int count)
    {
        var zeros = Vector<float>.Zero;
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count) zeros += Vector.Load(x + i) * Vector<float>.Zero;
        var sum = Vector.Sum(zeros);
        for (; i < count; i++) sum += x[i] * 0f;
        return float.IsNaN(sum);
    }

    private struct Job
    {
        public Matrix X;
        public Kind Kind;
        public int BlocksPerRow;
        public double* Sums;
    }
}
