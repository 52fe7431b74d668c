namespace Qwen2Audio.Numerics;

/// <summary>
/// Cosines and sines of rotary positions, computed as the published implementation does it in float32: frequency j is
/// 1/θ^(2j/dim), the angle is position · frequency. Grows by itself to the largest position asked for. One owner at a time.
/// </summary>
public sealed class RotaryTable
{
    private readonly float[] _frequencies;
    private float[] _values = [];

    /// <summary>A table for heads of <paramref name="headDim"/> numbers.</summary>
    /// <exception cref="ArgumentException">The width is odd or not positive, or θ is not positive.</exception>
    public RotaryTable(int headDim, double theta)
    {
        if (headDim <= 0 || headDim % 2 != 0) throw new ArgumentException($"Rotary positions need an even head width, not {headDim}.");
        if (!(theta > 0) || double.IsInfinity(theta)) throw new ArgumentException($"The base of rotary positions must be positive, not {theta}.");
        HeadDim = headDim;
        _frequencies = new float[headDim / 2];
        for (var j = 0; j < _frequencies.Length; j++)
            _frequencies[j] = 1f / (float)Math.Pow((float)theta, (float)(2 * j) / headDim);
    }

    /// <summary>Numbers in a head.</summary>
    public int HeadDim { get; }

    /// <summary>Positions held so far.</summary>
    public int Positions { get; private set; }

    /// <summary>Cosines of a position's angles, then the sines: dim/2 of each. The position must have been reserved.</summary>
    internal ReadOnlySpan<float> Values => _values;

    /// <summary>Makes room for positions up to <paramref name="last"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative, or so large that its table would not fit an array.</exception>
    public void Reserve(int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(last);
        if (last < Positions) return;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(last, Array.MaxLength / HeadDim - 1);
        var count = (int)Math.Min(Array.MaxLength / HeadDim, Math.Max(last + 1L, 2L * Positions));
        Array.Resize(ref _values, count * HeadDim);
        var half = HeadDim / 2;
        for (var position = Positions; position < count; position++)
        {
            var row = _values.AsSpan(position * HeadDim, HeadDim);
            for (var j = 0; j < half; j++)
            {
                double angle = position * _frequencies[j];
                row[j] = (float)Math.Cos(angle);
                row[half + j] = (float)Math.Sin(angle);
            }
        }

        Positions = count;
    }
}
