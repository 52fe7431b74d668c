namespace Qwen2Audio.Numerics.Lanes;

/// <summary>
/// The operations of one vector width, so that a kernel is written once and compiled for each: TVector is a Vector512, Vector256 or
/// Vector128 of float32.
/// </summary>
internal unsafe interface IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Whether the processor has 32 vector registers: enough for 16 sums and the operands.</summary>
    static abstract bool ManyRegisters { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* target);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a · b + c, rounded once if the processor supports it.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The larger one; if either is NaN, either of the two.</summary>
    static abstract TVector Max(TVector a, TVector b);

    static abstract TVector SquareRoot(TVector value);

    /// <summary>The sum of the lanes, always in the same order.</summary>
    static abstract float Sum(TVector value);

    /// <summary>a &lt; b ? whenTrue : whenFalse.</summary>
    static abstract TVector SelectLess(TVector a, TVector b, TVector whenTrue, TVector whenFalse);

    static abstract TVector Round(TVector value);

    /// <summary>The natural logarithm; −∞ for 0.</summary>
    static abstract TVector Log(TVector value);

    /// <summary>value · 2^exponent for whole exponents in −126…127.</summary>
    static abstract TVector ScaleByPowerOfTwo(TVector value, TVector exponent);
}
