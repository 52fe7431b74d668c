using System.Runtime.Intrinsics;

namespace Qwen2Audio.Numerics.Stored;

/// <summary>Widens stored values to float32, exactly.</summary>
public static unsafe class StoredWidening
{
    /// <summary>Widens as many values as <paramref name="target"/> holds.</summary>
    /// <exception cref="ArgumentException">The source has another number of bytes or no whole blocks, or there is no such type.</exception>
    public static void Widen(StoredType type, ReadOnlySpan<byte> source, Span<float> target)
    {
        var (numbers, bytes) = type.Block();
        if (target.Length % numbers != 0 || (long)target.Length / numbers * bytes != source.Length)
            throw new ArgumentException($"{source.Length} bytes are not {target.Length} values of {type}.", nameof(source));
        fixed (byte* from = source)
        fixed (float* to = target) Widen(type, from, target.Length, to);
    }

    internal static void Widen(StoredType type, byte* source, int count, float* target)
    {
        switch (type)
        {
            case StoredType.Float32: Widen<StoredFloat32>(source, count, target); break;
            case StoredType.Float16: Widen<StoredFloat16>(source, count, target); break;
            case StoredType.BFloat16: Widen<StoredBFloat16>(source, count, target); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "no such type");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen<TStored>(byte* source, int count, float* target)
        where TStored : struct, IStoredNumbers
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i <= count - 16; i += 16) TStored.Load512(source + (nint)i * TStored.Size).Store(target + i);
        if (Vector256.IsHardwareAccelerated)
            for (; i <= count - 8; i += 8) TStored.Load256(source + (nint)i * TStored.Size).Store(target + i);
        if (Vector128.IsHardwareAccelerated)
            for (; i <= count - 4; i += 4) TStored.Load128(source + (nint)i * TStored.Size).Store(target + i);
        for (; i < count; i++) target[i] = TStored.One(source + (nint)i * TStored.Size);
    }
}
