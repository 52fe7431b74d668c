namespace Qwen2Audio.Training.NGrams;

/// <summary>Sorts keys digit by digit, lowest first: for hundreds of millions of keys several times faster than by comparisons.</summary>
internal static class RadixSort
{
    private const int Digit = 11; // bits

    /// <summary>Sorts the first keys of an array, of which only the low bits are used. The array may be replaced by another.</summary>
    public static void Sort(ref ulong[] keys, int count, int bits)
    {
        var other = new ulong[count];
        var places = new int[1 << Digit];
        for (var shift = 0; shift < bits; shift += Digit)
        {
            Array.Clear(places);
            foreach (var key in keys.AsSpan(0, count)) places[(key >> shift) & ((1 << Digit) - 1)]++;
            var sum = 0;
            for (var i = 0; i < places.Length; i++) (places[i], sum) = (sum, sum + places[i]);
            foreach (var key in keys.AsSpan(0, count)) other[places[(key >> shift) & ((1 << Digit) - 1)]++] = key;
            (keys, other) = (other, keys);
        }
    }
}
