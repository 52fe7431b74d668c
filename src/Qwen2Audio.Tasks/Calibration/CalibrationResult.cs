namespace Qwen2Audio.Tasks.Calibration;

/// <summary>Alarms on clips that were not used to set thresholds.</summary>
/// <param name="Of">What is checked: "transcription", or a label set.</param>
/// <param name="On">The clips: a dataset, or a kind of synthetic sound.</param>
/// <param name="InDomain">True: clips of the domain, and <paramref name="Count"/> are false alarms. False: clips outside the domain, and <paramref name="Count"/> are missed alarms.</param>
/// <param name="Count">Number of false or missed alarms.</param>
/// <param name="Total">Number of clips.</param>
public sealed record AlarmRate(string Of, string On, bool InDomain, int Count, int Total)
{
    private const double Z = 1.959964; // 95 % quantile of the normal distribution, two-sided

    /// <summary>Count / Total.</summary>
    public double Rate => (double)Count / Total;

    /// <summary>95 % confidence interval of the rate (Wilson).</summary>
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

/// <summary>Thresholds and their measured alarm rates.</summary>
public sealed record CalibrationResult
{
    /// <summary>The model's folder, to which the thresholds were written.</summary>
    public required string Model { get; init; }

    /// <summary>The threshold of each check, with the number of clips used to set it.</summary>
    public required IReadOnlyDictionary<string, (double Threshold, int Clips)> Thresholds { get; init; }

    /// <summary>False and missed alarm rates on other clips.</summary>
    public required IReadOnlyList<AlarmRate> Rates { get; init; }

    /// <summary>The calibration error of words' confidences on words that were not used to fit them.</summary>
    public required CalibrationError Words { get; init; }

    /// <summary>Rows that could not be read, with the reason.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }
}
