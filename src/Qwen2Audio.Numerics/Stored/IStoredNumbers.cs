using System.Runtime.Intrinsics;
using Qwen2Audio.Numerics.Lanes;

namespace Qwen2Audio.Numerics.Stored;

/// <summary>Reads stored values as float32, exactly.</summary>
internal unsafe interface IStoredNumbers
{
    /// <summary>Bytes per number.</summary>
    static abstract int Size { get; }

    static abstract float One(byte* source);

    static abstract Vector128<float> Load128(byte* source);

    static abstract Vector256<float> Load256(byte* source);

    static abstract Vector512<float> Load512(byte* source);
}

/// <summary>Chooses the width of a load at compile time.</summary>
internal static unsafe class StoredLoad<TStored, TVector>
    where TStored : struct, IStoredNumbers
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(byte* source)
    {
        if (typeof(TVector) == typeof(Vector512<float>)) return Unsafe.BitCast<Vector512<float>, TVector>(TStored.Load512(source));
        if (typeof(TVector) == typeof(Vector256<float>)) return Unsafe.BitCast<Vector256<float>, TVector>(TStored.Load256(source));
        return Unsafe.BitCast<Vector128<float>, TVector>(TStored.Load128(source));
    }
}

/// <summary>IEEE single precision.</summary>
internal readonly unsafe struct StoredFloat32 : IStoredNumbers
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* source) => Unsafe.ReadUnaligned<float>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(byte* source) => Vector128.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source) => Vector256.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load512(byte* source) => Vector512.Load((float*)source);
}

/// <summary>bfloat16: the upper half of a single.</summary>
internal readonly unsafe struct StoredBFloat16 : IStoredNumbers
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* source) => BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(source) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(byte* source) => Vector128.ShiftLeft(WidenedLoad.Load128(source), 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source) => Vector256.ShiftLeft(WidenedLoad.Load256(source), 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load512(byte* source) => Vector512.ShiftLeft(WidenedLoad.Load512(source), 16).AsSingle();
}

/// <summary>
/// IEEE half precision. Magnitude bits shifted to their place in a single give the number divided by 2^112, subnormal ones included, so
/// one multiplication restores it; infinities and NaN get their exponent back.
/// </summary>
internal readonly unsafe struct StoredFloat16 : IStoredNumbers
{
    private const uint Magnitude = 0x7fff;
    private const uint Infinity = 0x7c00;
    private const uint SingleInfinity = 0x7f800000;
    private const float Scale = 5.192296858534828e33f; // 2^112

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* source)
    {
        uint bits = Unsafe.ReadUnaligned<ushort>(source), magnitude = bits & Magnitude;
        var number = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude << 13) * Scale);
        return BitConverter.UInt32BitsToSingle(number | (magnitude >= Infinity ? SingleInfinity : 0) | (bits ^ magnitude) << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(byte* source)
    {
        var bits = WidenedLoad.Load128(source);
        var magnitude = bits & Vector128.Create(Magnitude);
        var number = (Vector128.ShiftLeft(magnitude, 13).AsSingle() * Scale).AsUInt32();
        number |= Vector128.GreaterThanOrEqual(magnitude, Vector128.Create(Infinity)) & Vector128.Create(SingleInfinity);
        return (number | Vector128.ShiftLeft(bits ^ magnitude, 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source)
    {
        var bits = WidenedLoad.Load256(source);
        var magnitude = bits & Vector256.Create(Magnitude);
        var number = (Vector256.ShiftLeft(magnitude, 13).AsSingle() * Scale).AsUInt32();
        number |= Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(Infinity)) & Vector256.Create(SingleInfinity);
        return (number | Vector256.ShiftLeft(bits ^ magnitude, 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load512(byte* source)
    {
        var bits = WidenedLoad.Load512(source);
        var magnitude = bits & Vector512.Create(Magnitude);
        var number = (Vector512.ShiftLeft(magnitude, 13).AsSingle() * Scale).AsUInt32();
        number |= Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(Infinity)) & Vector512.Create(SingleInfinity);
        return (number | Vector512.ShiftLeft(bits ^ magnitude, 16)).AsSingle();
    }
}
