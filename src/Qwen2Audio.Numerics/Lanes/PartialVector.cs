using System.Runtime.Intrinsics;

namespace Qwen2Audio.Numerics.Lanes;

/// <summary>
/// Vectors that may extend past the end of a row: values outside are not accessed. A kernel that handles the end of a row this way
/// computes the same result for a value wherever it falls in a vector.
/// </summary>
internal static unsafe class PartialVector<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    /// <summary>The next vector, <paramref name="fill"/> in place of those after the first <paramref name="left"/> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(float* source, int left, float fill = 0) =>
        left >= TLanes.Count ? TLanes.Load(source) : LoadFew(source, left, fill);

    /// <summary>Stores a vector, at most its first <paramref name="left"/> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector value, float* target, int left)
    {
        if (left >= TLanes.Count) TLanes.Store(value, target);
        else StoreFew(value, target, left);
    }

    /// <summary>The largest value of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(TVector value)
    {
        ref var numbers = ref Unsafe.As<TVector, float>(ref value);
        var four = Vector128.LoadUnsafe(ref numbers);
        for (var i = Vector128<float>.Count; i < TLanes.Count; i += Vector128<float>.Count)
            four = Vector128.MaxNative(four, Vector128.LoadUnsafe(ref numbers, (nuint)i));
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    // Inlined although it is rarely run: a call next to a loop would keep the loop's sums in memory instead of registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LoadFew(float* source, int count, float fill)
    {
        var value = TLanes.Broadcast(fill);
        ref var numbers = ref Unsafe.As<TVector, float>(ref value);
        for (var i = 0; i < count; i++) Unsafe.Add(ref numbers, i) = source[i];
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFew(TVector value, float* target, int count)
    {
        ref var numbers = ref Unsafe.As<TVector, float>(ref value);
        for (var i = 0; i < count; i++) target[i] = Unsafe.Add(ref numbers, i);
    }
}
