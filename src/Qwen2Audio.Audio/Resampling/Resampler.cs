using System.Numerics;

namespace Qwen2Audio.Audio;

/// <summary>Band-limited change of the sampling rate: windowed sinc interpolation, no delay, silence assumed outside the samples.</summary>
public static class Resampler
{
    /// <summary>Lowest and highest rate in Hz.</summary>
    public const int MinRate = WavFormat.MinRate, MaxRate = WavFormat.MaxRate;

    /// <summary>Samples that come out: ceil(samples · toRate / fromRate).</summary>
    public static long OutputLength(long samples, int fromRate, int toRate) => (samples * toRate + fromRate - 1) / fromRate;

    /// <summary>Resamples one channel. Output sample 0 is at the time of input sample 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A rate is out of range.</exception>
    public static float[] Resample(ReadOnlySpan<float> samples, int fromRate, int toRate)
    {
        Require(fromRate, nameof(fromRate));
        Require(toRate, nameof(toRate));
        if (fromRate == toRate || samples.Length == 0) return samples.ToArray();
        ResampleFilter filter = ResampleFilter.Of(fromRate, toRate);
        long length = OutputLength(samples.Length, fromRate, toRate);
        if (length > Array.MaxLength) throw new ArgumentException($"{samples.Length} samples become {length}, more than an array holds.");
        float[] output = new float[length];
        float[] edge = new float[filter.Taps];
        long position = 0; // of the output sample, in 1 / Denominator of an input sample
        for (int i = 0; i < output.Length; i++, position += filter.Numerator)
        {
            long whole = position / filter.Denominator;
            int rest = (int)(position - whole * filter.Denominator);
            long first = whole - filter.Reach + 1;
            ReadOnlySpan<float> input = first >= 0 && first + filter.Taps <= samples.Length
                ? samples.Slice((int)first, filter.Taps) : Edge(samples, first, edge);
            output[i] = filter.Exact ? Dot(filter.Row(rest), input) : Between(filter, rest, input);
        }
        return output;
    }

    private static float Between(ResampleFilter filter, int rest, ReadOnlySpan<float> input)
    {
        double phase = (double)rest * filter.Phases / filter.Denominator;
        int row = (int)phase;
        float share = (float)(phase - row);
        return Dot(filter.Row(row), input) * (1 - share) + Dot(filter.Row(row + 1), input) * share;
    }

    private static ReadOnlySpan<float> Edge(ReadOnlySpan<float> samples, long first, Span<float> edge)
    {
        edge.Clear();
        long from = Math.Max(0, first), to = Math.Min(samples.Length, first + edge.Length);
        if (to > from) samples[(int)from..(int)to].CopyTo(edge[(int)(from - first)..]);
        return edge;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        int width = Vector<float>.Count, i = 0;
        Vector<float> s0 = Vector<float>.Zero, s1 = s0, s2 = s0, s3 = s0;
        b = b[..a.Length];
        for (; i <= a.Length - 4 * width; i += 4 * width)
        {
            ReadOnlySpan<float> x = a.Slice(i, 4 * width), y = b.Slice(i, 4 * width);
            s0 += new Vector<float>(x) * new Vector<float>(y);
            s1 += new Vector<float>(x[width..]) * new Vector<float>(y[width..]);
            s2 += new Vector<float>(x[(2 * width)..]) * new Vector<float>(y[(2 * width)..]);
            s3 += new Vector<float>(x[(3 * width)..]) * new Vector<float>(y[(3 * width)..]);
        }
        for (; i <= a.Length - width; i += width) s0 += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        float sum = Vector.Sum(s0 + s1 + (s2 + s3));
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void Require(int rate, string name)
    {
        if (rate is < MinRate or > MaxRate) throw new ArgumentOutOfRangeException(name, rate, $"Rates must be {MinRate} to {MaxRate} Hz.");
    }
}
