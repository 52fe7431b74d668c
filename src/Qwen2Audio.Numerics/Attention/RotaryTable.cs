namespace Qwen2Audio.Numerics.Attention;

/// <summary>
/// Cosines and sines of rotary positions: the angle of pair j is position · frequency j, rounded to float32 as in the published
/// implementation. Grows as needed up to <see cref="Limit"/> positions; angles of later ones are computed on demand. Not
/// thread-safe.
/// </summary>
public sealed class RotaryTable
{
    /// <summary>Most positions in the table.</summary>
    public const int Limit = 1 << 16;

    private readonly float[] _frequencies;
    private float[] _values = [];

    /// <summary>A table for heads of 2 · frequencies values; frequencies are in radians per position.</summary>
    /// <param name="frequencies">The frequency of each pair; the array is not copied.</param>
    /// <param name="amplitude">Factor applied to the cosines and sines.</param>
    /// <exception cref="ArgumentException">There are no frequencies.</exception>
    public RotaryTable(float[] frequencies, float amplitude = 1)
    {
        ArgumentNullException.ThrowIfNull(frequencies);
        if (frequencies.Length == 0) throw new ArgumentException("Rotary positions need at least one frequency.", nameof(frequencies));
        (_frequencies, Amplitude, HeadDim) = (frequencies, amplitude, 2 * frequencies.Length);
    }

    /// <summary>Factor applied to the cosines and sines.</summary>
    internal float Amplitude { get; }

    /// <summary>Width of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Positions held so far.</summary>
    public int Positions { get; private set; }

    /// <summary>For each position the cosines of its angles, then the sines: dim/2 of each.</summary>
    internal ReadOnlySpan<float> Values => _values;

    /// <summary>Radians per position for pair j.</summary>
    internal ReadOnlySpan<float> Frequencies => _frequencies;

    /// <summary>Writes the cosines and then the sines of a position's angles.</summary>
    internal static void Compute(int position, ReadOnlySpan<float> frequencies, float amplitude, Span<float> row)
    {
        for (var j = 0; j < frequencies.Length; j++)
        {
            var (sin, cos) = Math.SinCos(position * frequencies[j]); // the angle rounded to float32, as published
            row[j] = (float)cos * amplitude;
            row[frequencies.Length + j] = (float)sin * amplitude;
        }
    }

    /// <summary>Fills the table up to position <paramref name="last"/> or its limit.</summary>
    public void Reserve(int last)
    {
        last = Math.Min(last, Limit - 1);
        if (last < Positions) return;
        var count = Math.Min(Limit, Math.Max(last + 1, 2 * Positions));
        Array.Resize(ref _values, count * HeadDim);
        for (var position = Positions; position < count; position++)
            Compute(position, _frequencies, Amplitude, _values.AsSpan(position * HeadDim, HeadDim));
        Positions = count;
    }
}
