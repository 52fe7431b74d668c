using System.Runtime.CompilerServices;

namespace Qwen2Audio.Numerics;

/// <summary>
/// Vectors that may reach over the end of a row: the numbers outside are not touched. A kernel that treats the end of a row this way
/// gives a number the same value wherever in a vector it falls.
/// </summary>
internal static unsafe class Part<TLanes, TVector>
    where TLanes : struct, IFloatLanes<TVector>
    where TVector : struct
{
    private const int Longest = 16;

    /// <summary>The next vector, <paramref name="fill"/> in place of what lies beyond the <paramref name="left"/> numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(float* source, int left, float fill = 0) =>
        left >= TLanes.Count ? TLanes.Load(source) : LoadFew(source, left, fill);

    /// <summary>Stores a vector, at most <paramref name="left"/> numbers of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector value, float* target, int left)
    {
        if (left >= TLanes.Count) TLanes.Store(value, target);
        else StoreFew(value, target, left);
    }

    /// <summary>The largest of the numbers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static float Largest(TVector value)
    {
        var numbers = stackalloc float[Longest];
        TLanes.Store(value, numbers);
        var largest = numbers[0];
        for (var i = 1; i < TLanes.Count; i++) largest = Math.Max(largest, numbers[i]);
        return largest;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TVector LoadFew(float* source, int count, float fill)
    {
        var numbers = stackalloc float[Longest];
        for (var i = 0; i < TLanes.Count; i++) numbers[i] = i < count ? source[i] : fill;
        return TLanes.Load(numbers);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreFew(TVector value, float* target, int count)
    {
        var numbers = stackalloc float[Longest];
        TLanes.Store(value, numbers);
        for (var i = 0; i < count; i++) target[i] = numbers[i];
    }
}
