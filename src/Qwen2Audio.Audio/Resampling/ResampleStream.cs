using System.Numerics;

namespace Qwen2Audio.Audio.Resampling;

/// <summary>Resamples one channel piece by piece; see <see cref="Resampler"/>.</summary>
internal sealed class ResampleStream
{
    private const int Piece = 1 << 14;
    private readonly ResampleFilter _filter;
    private readonly SampleHandler _target;
    private readonly float[] _window; // input samples that are still needed
    private readonly float[] _output = new float[Piece];
    private long _start; // the input sample at the front of the window
    private int _count;
    private long _received;
    private long _made;

    public ResampleStream(int fromRate, int toRate, SampleHandler target)
    {
        (_filter, _target) = (ResampleFilter.Of(fromRate, toRate), target);
        _window = new float[_filter.Taps + Piece];
        (_start, _count) = (1 - _filter.Reach, _filter.Reach - 1); // silence before the first sample
    }

    /// <summary>Adds input samples.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        _received += samples.Length;
        Feed(samples, long.MaxValue);
    }

    /// <summary>Outputs the last samples; silence is assumed after the input.</summary>
    public void Finish()
    {
        if (_received > 0) Feed(new float[_filter.Reach], Resampler.OutputLength(_received, _filter.From, _filter.To));
    }

    private void Feed(ReadOnlySpan<float> samples, long maximum)
    {
        while (samples.Length > 0)
        {
            var step = Math.Min(samples.Length, _window.Length - _count);
            samples[..step].CopyTo(_window.AsSpan(_count));
            _count += step;
            samples = samples[step..];
            Make(maximum);
        }
    }

    /// <summary>Outputs the samples whose input is available, and drops input that is no longer needed.</summary>
    private void Make(long maximum)
    {
        var made = 0;
        long first;
        while (true)
        {
            var position = _made * _filter.Numerator; // in 1 / Denominator of an input sample
            var whole = position / _filter.Denominator;
            first = whole - _filter.Reach + 1;
            if (_made >= maximum || first + _filter.Taps > _start + _count) break;
            var rest = (int)(position - whole * _filter.Denominator);
            ReadOnlySpan<float> input = _window.AsSpan((int)(first - _start), _filter.Taps);
            _output[made++] = _filter.Exact ? Dot(_filter.Row(rest), input) : Between(rest, input);
            _made++;
            if (made < _output.Length) continue;
            _target(_output);
            made = 0;
        }

        if (made > 0) _target(_output.AsSpan(0, made));
        var drop = (int)Math.Min(_count, first - _start);
        _window.AsSpan(drop, _count - drop).CopyTo(_window);
        (_start, _count) = (_start + drop, _count - drop);
    }

    private float Between(int rest, ReadOnlySpan<float> input)
    {
        var phase = (double)rest * _filter.Phases / _filter.Denominator;
        var row = (int)phase;
        var share = (float)(phase - row);
        return Dot(_filter.Row(row), input) * (1 - share) + Dot(_filter.Row(row + 1), input) * share;
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
        var sum = Vector.Sum(s0 + s1 + (s2 + s3));
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
