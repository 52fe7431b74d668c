using System.Numerics;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>Sets values to zero at random and scales the rest (Srivastava et al. 2014).</summary>
public static class Dropout
{
    /// <summary>
    /// y = mask · x/(1 − rate). The mask is a pure function of the seed and the element's index (row · columns + column), so the
    /// backward pass is the same call on the gradients.
    /// </summary>
    /// <param name="x">[rows, w].</param>
    /// <param name="rate">Probability of a zero, from 0 to below 1.</param>
    /// <param name="seed">Chooses the mask.</param>
    /// <param name="y">[rows, w], overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">The shapes differ or the rate is not in [0, 1).</exception>
    public static void Apply(WorkerPool pool, Matrix x, float rate, ulong seed, Matrix y)
    {
        Shapes.Same(x, y);
        if (!(rate >= 0 && rate < 1)) throw new ArgumentException($"The dropout rate must be in [0, 1), not {rate}.");
        RowSweep<DropoutKernel>.Run(pool, new DropoutKernel(x, rate, seed, y), x.Rows, x.Columns);
    }
}

/// <summary>
/// Element n is dropped when a hash of n, keyed by the seed, is below rate · 2³²: the two halves of a mixed seed (SplitMix64) enter before
/// and between the multiplications of the "lowbias32" integer hash.
/// </summary>
internal readonly unsafe struct DropoutKernel : IRowKernel
{
    private const uint First = 0x7FEB352D;
    private const uint Second = 0x846CA68B;
    private readonly Matrix _x;
    private readonly Matrix _y;
    private readonly ulong _seed;
    private readonly uint _threshold;
    private readonly float _scale;

    public DropoutKernel(Matrix x, float rate, ulong seed, Matrix y)
    {
        _x = x;
        _y = y;
        _seed = seed;
        _threshold = (uint)(rate * 4294967296.0);
        _scale = (float)(1 / (1.0 - rate));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = _x.Data + (long)row * _x.Stride;
        var y = _y.Data + (long)row * _y.Stride;
        var index = (ulong)row * (uint)_x.Columns;
        for (var done = 0; done < _x.Columns;)
        {
            // the lower half of the index is the counter, the upper half goes into the key
            var count = (int)Math.Min((ulong)(_x.Columns - done), 0x1_0000_0000 - (index & 0xFFFF_FFFF));
            var key = Mix(_seed + (index >> 32) * 0x9E3779B97F4A7C15);
            Stretch(x + done, y + done, count, (uint)index, (uint)key, (uint)(key >> 32));
            done += count;
            index += (uint)count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Stretch(float* x, float* y, int count, uint index, uint before, uint between)
    {
        var (threshold, scale, scalar) = (new Vector<uint>(_threshold), new Vector<float>(_scale), _scale);
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            var h = (new Vector<uint>(index + (uint)i) + Vector<uint>.Indices) ^ new Vector<uint>(before);
            h = (h ^ Vector.ShiftRightLogical(h, 16)) * First + new Vector<uint>(between);
            h = (h ^ Vector.ShiftRightLogical(h, 15)) * Second;
            h ^= Vector.ShiftRightLogical(h, 16);
            var dropped = Vector.AsVectorSingle(Vector.LessThan(h, threshold));
            Vector.Store(Vector.AndNot(Vector.Load(x + i) * scale, dropped), y + i);
        }

        for (; i < count; i++)
        {
            var h = (index + (uint)i) ^ before;
            h = (h ^ (h >> 16)) * First + between;
            h = (h ^ (h >> 15)) * Second;
            h ^= h >> 16;
            y[i] = h < _threshold ? 0 : x[i] * scalar;
        }
    }

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
