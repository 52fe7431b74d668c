namespace Qwen2Audio.Audio.Resampling;

/// <summary>
/// Kaiser-windowed sinc filters for a change of sampling rate, one row of taps per fractional position. If the table would be large (prime
/// ratios), rows of a smaller table are interpolated: at most 2 MB for any pair of rates.
/// </summary>
internal sealed class ResampleFilter
{
    /// <summary>Maximum taps in a table, all rows together.</summary>
    public const int MaxTaps = 1 << 19;

    private const int InterpolatedPhases = 1280; // the error of linear interpolation between them is below −120 dB
    private const int ZeroCrossings = 48;
    private const double CutOff = 0.965;
    private const double Beta = 10;
    private const int KnownFilters = 8;
    private static readonly Lock Gate = new();
    private static readonly List<ResampleFilter> Known = [];

    private readonly float[] _taps;

    private ResampleFilter(int from, int to)
    {
        (From, To) = (from, to);
        var divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(from, to);
        (Numerator, Denominator) = (from / divisor, to / divisor);
        var lower = Math.Min(1, (double)to / from);
        var half = ZeroCrossings / lower;
        Reach = (int)Math.Ceiling(half);
        Taps = 2 * Reach;
        Exact = (long)Denominator * Taps <= MaxTaps;
        Phases = Exact ? Denominator : (int)Math.Ceiling(InterpolatedPhases * lower);
        var rows = Exact ? Phases : Phases + 1;
        _taps = new float[rows * Taps];
        var row = new double[Taps];
        var window = 1 / BesselI0(Beta);
        for (var phase = 0; phase < rows; phase++)
        {
            double sum = 0;
            for (var tap = 0; tap < Taps; tap++)
            {
                // Tap t weights input sample (base − Reach + 1 + t) for the position base + phase / Phases.
                var distance = tap - (Reach - 1) - (double)phase / Phases;
                var inside = 1 - distance * distance / (half * half);
                var x = Math.PI * CutOff * lower * distance;
                row[tap] = inside <= 0 ? 0 : (x == 0 ? 1 : Math.Sin(x) / x) * BesselI0(Beta * Math.Sqrt(inside)) * window;
                sum += row[tap];
            }

            for (var tap = 0; tap < Taps; tap++) _taps[phase * Taps + tap] = (float)(row[tap] / sum);
        }
    }

    public int From { get; }

    public int To { get; }

    /// <summary>Input samples per <see cref="Denominator"/> output samples, in lowest terms.</summary>
    public int Numerator { get; }

    public int Denominator { get; }

    /// <summary>Whether every position of the ratio has its own row.</summary>
    public bool Exact { get; }

    /// <summary>Rows per input sample.</summary>
    public int Phases { get; }

    /// <summary>Input samples on each side of a position.</summary>
    public int Reach { get; }

    /// <summary>Taps per row.</summary>
    public int Taps { get; }

    /// <summary>The filter for a pair of rates; recently used filters are cached.</summary>
    public static ResampleFilter Of(int from, int to)
    {
        lock (Gate)
        {
            var at = Known.FindIndex(filter => filter.From == from && filter.To == to);
            var found = at >= 0 ? Known[at] : new ResampleFilter(from, to);
            if (at >= 0) Known.RemoveAt(at);
            else if (Known.Count == KnownFilters) Known.RemoveAt(KnownFilters - 1);
            Known.Insert(0, found);
            return found;
        }
    }

    /// <summary>The taps of a row.</summary>
    public ReadOnlySpan<float> Row(int phase) => _taps.AsSpan(phase * Taps, Taps);

    private static double BesselI0(double x)
    {
        double term = 1, sum = 1, quarter = x * x / 4;
        for (var k = 1; term > sum * 1e-17; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }

        return sum;
    }
}
