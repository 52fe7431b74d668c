namespace Qwen2Audio.Training.NGrams;

/// <summary>Discounts of modified Kneser-Ney smoothing for counts of 1, 2, and 3 or more (Chen and Goodman 1999), estimated from the counts of counts.</summary>
internal readonly record struct Discounts(double One, double Two, double More)
{
    private const double Fallback = 0.5; // for texts too small for an estimate

    /// <summary>The estimate from counts.</summary>
    public static Discounts Of(ReadOnlySpan<int> counts)
    {
        Span<double> n = stackalloc double[5];
        foreach (var count in counts)
            if (count is >= 1 and <= 4) n[count]++;
        if (n[1] == 0 || n[2] == 0 || n[3] == 0 || n[4] == 0) return new Discounts(Fallback, Fallback, Fallback);
        var y = n[1] / (n[1] + 2 * n[2]);
        return new Discounts(Between(1 - 2 * y * n[2] / n[1], 1), Between(2 - 3 * y * n[3] / n[2], 2), Between(3 - 4 * y * n[4] / n[3], 3));
    }

    /// <summary>The discount of a count.</summary>
    public double For(int count) => count switch { 0 => 0, 1 => One, 2 => Two, _ => More };

    private static double Between(double value, double most) => value > 0 && value < most ? value : Math.Min(Fallback, most);
}
