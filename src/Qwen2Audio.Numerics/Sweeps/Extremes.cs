namespace Qwen2Audio.Numerics.Sweeps;

/// <summary>Sums of squares that float32 cannot hold.</summary>
internal static unsafe class Extremes
{
    /// <summary>True for a sum of squares in which some may have overflowed, or so small that most may have vanished.</summary>
    public static bool OutOfRange(double sum) => !(sum > 1e-25 && sum < 1e38);

    /// <summary>Σ (x − centre)² in double precision.</summary>
    public static double SumOfSquares(float* x, int count, double centre)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++) sum += (x[i] - centre) * (x[i] - centre);
        return sum;
    }
}
