using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Probabilities;

/// <summary>The row operations of softmax and cross-entropy.</summary>
internal static unsafe class RowExponentials<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>The largest number of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(float* x, int count)
    {
        var low = TLanes.Broadcast(float.NegativeInfinity);
        var high = low;
        var (i, left) = (0, count);
        for (; left >= 2 * TLanes.Count; i += 2 * TLanes.Count, left -= 2 * TLanes.Count)
        {
            low = TLanes.Max(low, TLanes.Load(x + i));
            high = TLanes.Max(high, TLanes.Load(x + i + TLanes.Count));
        }

        for (; left > 0; i += TLanes.Count, left -= TLanes.Count)
            low = TLanes.Max(low, PartialVector<TLanes, TVector>.Load(x + i, left, float.NegativeInfinity));
        return PartialVector<TLanes, TVector>.Largest(TLanes.Max(low, high));
    }

    /// <summary>y = e^(x − maximum); returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Write(float* x, float* y, int count, out float maximum)
    {
        maximum = Maximum(x, count);
        return WriteLess(x, y, count, maximum);
    }

    /// <summary>y = e^(x − shift); returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WriteLess(float* x, float* y, int count, float shift)
    {
        var offset = TLanes.Broadcast(shift);
        var (low, high) = (TLanes.Zero, TLanes.Zero);
        var (i, left) = (0, count);
        for (; left >= 2 * TLanes.Count; i += 2 * TLanes.Count, left -= 2 * TLanes.Count)
        {
            var first = LaneFunctions.Exp<TLanes, TVector>(TLanes.Subtract(TLanes.Load(x + i), offset));
            var second = LaneFunctions.Exp<TLanes, TVector>(TLanes.Subtract(TLanes.Load(x + i + TLanes.Count), offset));
            TLanes.Store(first, y + i);
            TLanes.Store(second, y + i + TLanes.Count);
            low = TLanes.Add(low, first);
            high = TLanes.Add(high, second);
        }

        for (; left > 0; i += TLanes.Count, left -= TLanes.Count)
        {
            var difference = TLanes.Subtract(PartialVector<TLanes, TVector>.Load(x + i, left, float.NegativeInfinity), offset);
            var exponential = LaneFunctions.Exp<TLanes, TVector>(difference);
            PartialVector<TLanes, TVector>.Store(exponential, y + i, left);
            low = TLanes.Add(low, exponential);
        }

        return TLanes.Sum(TLanes.Add(low, high));
    }

    /// <summary>Σ e^(x − shift) and Σ (x − shift), nothing written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float* x, int count, float shift, out float differences)
    {
        var offset = TLanes.Broadcast(shift);
        var (exponentials, total) = (TLanes.Zero, TLanes.Zero);
        var (i, left) = (0, count);
        for (; left >= TLanes.Count; i += TLanes.Count, left -= TLanes.Count)
        {
            var difference = TLanes.Subtract(TLanes.Load(x + i), offset);
            total = TLanes.Add(total, difference);
            exponentials = TLanes.Add(exponentials, LaneFunctions.Exp<TLanes, TVector>(difference));
        }

        var (sum, rest) = (TLanes.Sum(exponentials), TLanes.Sum(total));
        if (left > 0)
        {
            var last = TLanes.Subtract(PartialVector<TLanes, TVector>.Load(x + i, left, float.NegativeInfinity), offset);
            sum += TLanes.Sum(LaneFunctions.Exp<TLanes, TVector>(last));
            for (; i < count; i++) rest += x[i] - shift;
        }

        differences = rest;
        return sum;
    }

    /// <summary>y = scale · y + shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScaleAndShift(float* y, int count, float scale, float shift)
    {
        var (factor, offset) = (TLanes.Broadcast(scale), TLanes.Broadcast(shift));
        var i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count) TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(y + i), offset), y + i);
        if (i == count) return;
        var last = TLanes.MultiplyAdd(factor, PartialVector<TLanes, TVector>.Load(y + i, count - i), offset);
        PartialVector<TLanes, TVector>.Store(last, y + i, count - i);
    }
}
