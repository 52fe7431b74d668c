namespace Qwen2Audio.Numerics.Lanes;

/// <summary>Elementary functions for any vector width.</summary>
internal static class LaneFunctions
{
    private const float Lowest = -87.3f; // below it, e^x is subnormal

    /// <summary>
    /// e^x for x ≤ 88, to 2 units in the last place; 0 below −87.3 (where the result would be subnormal). NaN stays NaN.
    /// x = n·ln 2 + r, ln 2 in two parts, and the polynomial of Cephes' expf for e^r.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TLanes, TVector>(TVector x)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var p = TLanes.Add(Rest<TLanes, TVector>(x, out var n), TLanes.Broadcast(1f));
        return TLanes.SelectLess(x, TLanes.Broadcast(Lowest), TLanes.Zero, TLanes.ScaleByPowerOfTwo(p, n));
    }

    /// <summary>e^x − 1 for x ≤ 0, to a few units in the last place. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ExpMinusOne<TLanes, TVector>(TVector x)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        var p = Rest<TLanes, TVector>(x, out var n);
        var power = TLanes.ScaleByPowerOfTwo(TLanes.Broadcast(1f), n);
        var value = TLanes.MultiplyAdd(power, p, TLanes.Subtract(power, TLanes.Broadcast(1f)));
        return TLanes.SelectLess(x, TLanes.Broadcast(Lowest), TLanes.Broadcast(-1f), value);
    }

    /// <summary>
    /// sin x and cos x up to a common sign: what sin² x and sin x · cos x need. x = n·π/2 + r, π/2 in three parts, and the polynomials
    /// of Cephes' sinf and cosf for r. Beyond some thousand turns, where adjacent floats are farther apart than the accuracy of
    /// the result, r is clamped to ±π/4. NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SineAndCosine<TLanes, TVector>(TVector x, out TVector sine, out TVector cosine)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        const float Quarter = 0.7853982f;
        var n = TLanes.Round(TLanes.Multiply(x, TLanes.Broadcast(0.63661977f)));
        var r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-1.5703125f), x);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-4.837512969970703125e-4f), r);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-7.54978995489188216e-8f), r);
        r = TLanes.SelectLess(r, TLanes.Broadcast(-Quarter), TLanes.Broadcast(-Quarter), r);
        r = TLanes.SelectLess(TLanes.Broadcast(Quarter), r, TLanes.Broadcast(Quarter), r);
        var square = TLanes.Multiply(r, r);
        var s = TLanes.MultiplyAdd(TLanes.Broadcast(-1.9515295891e-4f), square, TLanes.Broadcast(8.3321608736e-3f));
        s = TLanes.MultiplyAdd(s, square, TLanes.Broadcast(-1.6666654611e-1f));
        s = TLanes.MultiplyAdd(TLanes.Multiply(s, square), r, r);
        var c = TLanes.MultiplyAdd(TLanes.Broadcast(2.443315711809948e-5f), square, TLanes.Broadcast(-1.388731625493765e-3f));
        c = TLanes.MultiplyAdd(c, square, TLanes.Broadcast(4.166664568298827e-2f));
        c = TLanes.MultiplyAdd(TLanes.Multiply(c, square), square, TLanes.MultiplyAdd(square, TLanes.Broadcast(-0.5f), TLanes.Broadcast(1f)));
        // n odd: sine and cosine are swapped, and one changes sign
        var half = TLanes.Round(TLanes.Multiply(n, TLanes.Broadcast(0.5f)));
        var odd = TLanes.MultiplyAdd(half, TLanes.Broadcast(-2f), n);
        odd = TLanes.Multiply(odd, odd);
        var middle = TLanes.Broadcast(0.5f);
        sine = TLanes.SelectLess(middle, odd, c, s);
        cosine = TLanes.SelectLess(middle, odd, TLanes.Subtract(TLanes.Zero, s), c);
    }

    /// <summary>e^r − 1, where x = n·ln 2 + r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Rest<TLanes, TVector>(TVector x, out TVector n)
        where TLanes : struct, IFloatLanes<TVector>
        where TVector : struct
    {
        n = TLanes.Round(TLanes.Multiply(x, TLanes.Broadcast(1.44269504f)));
        var r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-0.693359375f), x);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(2.12194440e-4f), r);
        var p = TLanes.Broadcast(1.9875691500e-4f);
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(5.0000001201e-1f));
        return TLanes.MultiplyAdd(TLanes.Multiply(r, r), p, r);
    }
}
