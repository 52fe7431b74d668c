namespace Qwen2Audio.Evaluation.Calibration;

/// <summary>Alarms on clips that set no threshold.</summary>
/// <param name="Of">What is judged: "transcription", or a label set.</param>
/// <param name="On">The clips: a dataset, or a kind of made sounds.</param>
/// <param name="InDomain">True: clips of the domain, <paramref name="Count"/> are false alarms; false: clips from outside of it, <paramref name="Count"/> are missed.</param>
/// <param name="Count">False or missed alarms.</param>
/// <param name="Total">Clips.</param>
public sealed record AlarmRate(string Of, string On, bool InDomain, int Count, int Total)
{
    private const double Z = 1.959964; // of 95 % of a normal distribution

    /// <summary>Count / Total.</summary>
    public double Rate => (double)Count / Total;

    /// <summary>Bounds of the rate, 95 % (Wilson's interval).</summary>
    public (double Low, double High) Interval
    {
        get
        {
            var (n, square) = (Total, Z * Z);
            var middle = (Rate + square / (2 * n)) / (1 + square / n);
            var half = Z / (1 + square / n) * Math.Sqrt(Rate * (1 - Rate) / n + square / (4.0 * n * n));
            return (Math.Max(0, middle - half), Math.Min(1, middle + half));
        }
    }
}

/// <summary>Thresholds and what they do.</summary>
public sealed record CalibrationResult
{
    /// <summary>The model's folder, which holds the thresholds now.</summary>
    public required string Model { get; init; }

    /// <summary>The threshold of each thing that is judged, and the clips that it was set on.</summary>
    public required IReadOnlyDictionary<string, (double Threshold, int Clips)> Thresholds { get; init; }

    /// <summary>False and missed alarms on other clips.</summary>
    public required IReadOnlyList<AlarmRate> Rates { get; init; }

    /// <summary>Rows that could not be used, with the reason.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }
}
