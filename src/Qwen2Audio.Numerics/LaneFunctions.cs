using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>Elementary functions for any vector width.</summary>
internal static class LaneFunctions
{
    /// <summary>
    /// e^x for x ≤ 88, to 2 units in the last place; 0 below −87.3 (where the result is not a normal number any more). Not-a-number stays.
    /// x = n·ln 2 + r, ln 2 in two parts, and the polynomial of Cephes' expf for e^r.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TLanes, TVector>(TVector x)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var n = TLanes.Round(TLanes.Multiply(x, TLanes.Broadcast(1.44269504f)));
        var r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-0.693359375f), x);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(2.12194440e-4f), r);
        var p = TLanes.Broadcast(1.9875691500e-4f);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(5.0000001201e-1f));
        p = TLanes.MultiplyAdd(TLanes.Multiply(r, r), p, r);
        p = TLanes.Add(p, TLanes.Broadcast(1f));
        return TLanes.SelectLess(x, TLanes.Broadcast(-87.3f), TLanes.Zero, TLanes.ScaleByPowerOfTwo(p, n));
    }
}
