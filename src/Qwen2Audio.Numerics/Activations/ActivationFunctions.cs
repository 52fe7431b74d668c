using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Activations;

/// <summary>The building blocks of the activation functions, for any vector width. NaN stays NaN.</summary>
internal static class ActivationFunctions<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>sigmoid(x) and sigmoid(−x), each accurate to a few units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sigmoids(TVector x, out TVector value, out TVector complement)
    {
        var negative = TLanes.Subtract(TLanes.Zero, x);
        var small = LaneFunctions.Exp<TLanes, TVector>(TLanes.SelectLess(x, TLanes.Zero, x, negative)); // e^−|x|
        var one = TLanes.Broadcast(1f);
        var larger = TLanes.Divide(one, TLanes.Add(one, small));
        var smaller = TLanes.Multiply(small, larger);
        value = TLanes.SelectLess(x, TLanes.Zero, smaller, larger);
        complement = TLanes.SelectLess(x, TLanes.Zero, larger, smaller);
    }

    /// <summary>sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x)
    {
        var negative = TLanes.Subtract(TLanes.Zero, x);
        var small = LaneFunctions.Exp<TLanes, TVector>(TLanes.SelectLess(x, TLanes.Zero, x, negative));
        var one = TLanes.Broadcast(1f);
        return TLanes.Divide(TLanes.SelectLess(x, TLanes.Zero, small, one), TLanes.Add(one, small));
    }

    /// <summary>
    /// Φ(x), the normal distribution, and e^(−x²/2). The tail beyond |x| is e^(−x²/2) times a polynomial in
    /// t = 1/(1 + 0.21·|x|), with a relative error of 2e-8 for |x| ≤ 13.5; beyond that the exponential is 0. (Minimax fit to erfc.)
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector NormalDistribution(TVector x, out TVector exponential)
    {
        var one = TLanes.Broadcast(1f);
        var size = TLanes.SelectLess(x, TLanes.Zero, TLanes.Subtract(TLanes.Zero, x), x);
        exponential = LaneFunctions.Exp<TLanes, TVector>(TLanes.Multiply(TLanes.Multiply(x, TLanes.Broadcast(-0.5f)), x));
        var t = TLanes.Divide(one, TLanes.MultiplyAdd(size, TLanes.Broadcast(0.21f), one));
        var p = TLanes.Broadcast(-0.07228695517454314f);
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.2866675055126752f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(-0.3366694090145216f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.35684196864747564f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(-0.09916948921998733f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.12716924248649344f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.06858274906803889f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.08515837792287914f));
        p = TLanes.MultiplyAdd(p, t, TLanes.Broadcast(0.08370600473332883f));
        var tail = TLanes.Multiply(TLanes.Multiply(p, t), exponential);
        return TLanes.SelectLess(x, TLanes.Zero, tail, TLanes.Subtract(one, tail));
    }

    /// <summary>tanh(x): near 0 the odd polynomial of Cephes' tanhf, elsewhere 1 − 2/(e^(2|x|) + 1) with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh(TVector x)
    {
        var one = TLanes.Broadcast(1f);
        var negative = TLanes.Subtract(TLanes.Zero, x);
        var size = TLanes.SelectLess(x, TLanes.Zero, negative, x);
        var small = LaneFunctions.Exp<TLanes, TVector>(TLanes.Multiply(size, TLanes.Broadcast(-2f)));
        var far = TLanes.Divide(TLanes.Subtract(one, small), TLanes.Add(one, small));
        far = TLanes.SelectLess(x, TLanes.Zero, TLanes.Subtract(TLanes.Zero, far), far);
        var square = TLanes.Multiply(x, x);
        var p = TLanes.Broadcast(-5.70498872745e-3f);
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(2.06390887954e-2f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-5.37397155531e-2f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(1.33314422036e-1f));
        p = TLanes.MultiplyAdd(p, square, TLanes.Broadcast(-3.33332819422e-1f));
        var near = TLanes.MultiplyAdd(TLanes.Multiply(p, square), x, x);
        return TLanes.SelectLess(size, TLanes.Broadcast(0.625f), near, far);
    }
}
