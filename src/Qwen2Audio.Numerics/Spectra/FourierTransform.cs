using System.Numerics;

namespace Qwen2Audio.Numerics.Spectra;

/// <summary>
/// Discrete Fourier transforms of any length, one in each lane of a vector of doubles: a lane's values do not depend on the others.
/// Self-sorting (Stockham) passes of radix 5, 4, 2 and every other prime factor: a pass of radix r over n points with stride s reads
/// x[q + s(p + k n/r)], k = 0 … r−1, and writes y[q + s(r p + j)], multiplied by e^(−2πi p j / n).
/// </summary>
public sealed unsafe class FourierTransform
{
    private readonly int[] _radices;
    private readonly double[] _cos;
    private readonly double[] _sin; // of the negative angles

    /// <summary>Transforms of that many points.</summary>
    public FourierTransform(int points)
    {
        Points = points;
        _radices = [.. Radices(points)];
        _cos = [.. Enumerable.Range(0, points).Select(i => Math.Cos(2 * Math.PI * i / points))];
        _sin = [.. Enumerable.Range(0, points).Select(i => -Math.Sin(2 * Math.PI * i / points))];
    }

    /// <summary>Numbers of a transform.</summary>
    public int Points { get; }

    /// <summary>Most cached transforms.</summary>
    public static int Lanes => Vector<double>.Count;

    /// <summary>X[k] = Σ x[t]·e^(−2πi k t / points).</summary>
    /// <param name="scratch">Points vectors of real parts, then points of imaginary parts, then space for as many again.</param>
    /// <returns>The part of the buffer with the result, in the same order.</returns>
    /// <exception cref="ArgumentException">The buffer does not have 4 · points vectors.</exception>
    public Span<Vector<double>> Forward(Span<Vector<double>> scratch)
    {
        Shapes.Length(scratch.Length, 4 * Points, nameof(scratch));
        fixed (Vector<double>* first = scratch) return scratch.Slice((int)(Forward(first) - first), 2 * Points);
    }

    /// <summary>X[k] = Σ x[t]·e^(−2πi k t / points).</summary>
    /// <param name="scratch">Points vectors of real parts, then points of imaginary parts, then space for as many again.</param>
    /// <returns>The part of the buffer with the result, in the same order.</returns>
    internal Vector<double>* Forward(Vector<double>* scratch)
    {
        var from = scratch;
        var to = scratch + 2L * Points;
        var (n, stride) = (Points, 1);
        foreach (var radix in _radices)
        {
            if (radix == 5) Five(from, to, n, stride);
            else if (radix == 4) Four(from, to, n, stride);
            else if (radix == 2) Two(from, to, n, stride);
            else Any(radix, from, to, n, stride);
            var other = from;
            from = to;
            to = other;
            n /= radix;
            stride *= radix;
        }

        return from;
    }

    private void Two(Vector<double>* x, Vector<double>* y, int n, int s)
    {
        var (m, step) = (n / 2, Points / n);
        var (part, im) = ((long)s * m, Points);
        for (var p = 0; p < m; p++)
        {
            Vector<double> c = new(_cos[step * p]), w = new(_sin[step * p]);
            for (var q = 0; q < s; q++)
            {
                var a = x + q + (long)s * p;
                var b = y + q + 2L * s * p;
                Vector<double> re = a[0] - a[part], turned = a[im] - a[part + im];
                b[0] = a[0] + a[part];
                b[im] = a[im] + a[part + im];
                b[s] = re * c - turned * w;
                b[s + im] = re * w + turned * c;
            }
        }
    }

    private void Four(Vector<double>* x, Vector<double>* y, int n, int s)
    {
        var (m, step) = (n / 4, Points / n);
        var (part, im) = ((long)s * m, Points);
        for (var p = 0; p < m; p++)
        {
            Vector<double> c1 = new(_cos[step * p]), w1 = new(_sin[step * p]), c2 = new(_cos[2 * step * p]), w2 = new(_sin[2 * step * p]);
            Vector<double> c3 = new(_cos[3 * step * p]), w3 = new(_sin[3 * step * p]);
            for (var q = 0; q < s; q++)
            {
                var a = x + q + (long)s * p;
                var b = y + q + 4L * s * p;
                Vector<double> sumRe = a[0] + a[2 * part], sumIm = a[im] + a[2 * part + im];
                Vector<double> lessRe = a[0] - a[2 * part], lessIm = a[im] - a[2 * part + im];
                Vector<double> oddRe = a[part] + a[3 * part], oddIm = a[part + im] + a[3 * part + im];
                Vector<double> oddLessRe = a[part] - a[3 * part], oddLessIm = a[part + im] - a[3 * part + im];
                b[0] = sumRe + oddRe;
                b[im] = sumIm + oddIm;
                Put(b + s, im, lessRe + oddLessIm, lessIm - oddLessRe, c1, w1);
                Put(b + 2 * s, im, sumRe - oddRe, sumIm - oddIm, c2, w2);
                Put(b + 3 * s, im, lessRe - oddLessIm, lessIm + oddLessRe, c3, w3);
            }
        }
    }

    private void Five(Vector<double>* x, Vector<double>* y, int n, int s)
    {
        var (m, step) = (n / 5, Points / n);
        var (part, im) = ((long)s * m, Points);
        Vector<double> c1 = new(Math.Cos(2 * Math.PI / 5)), c2 = new(Math.Cos(4 * Math.PI / 5));
        Vector<double> s1 = new(Math.Sin(2 * Math.PI / 5)), s2 = new(Math.Sin(4 * Math.PI / 5));
        for (var p = 0; p < m; p++)
        {
            Vector<double> t1 = new(_cos[step * p]), w1 = new(_sin[step * p]), t2 = new(_cos[2 * step * p]), w2 = new(_sin[2 * step * p]);
            Vector<double> t3 = new(_cos[3 * step * p]), w3 = new(_sin[3 * step * p]), t4 = new(_cos[4 * step * p]), w4 = new(_sin[4 * step * p]);
            for (var q = 0; q < s; q++)
            {
                var a = x + q + (long)s * p;
                var b = y + q + 5L * s * p;
                Vector<double> re = a[0], imaginary = a[im];
                Vector<double> sum14Re = a[part] + a[4 * part], sum14Im = a[part + im] + a[4 * part + im];
                Vector<double> less14Re = a[part] - a[4 * part], less14Im = a[part + im] - a[4 * part + im];
                Vector<double> sum23Re = a[2 * part] + a[3 * part], sum23Im = a[2 * part + im] + a[3 * part + im];
                Vector<double> less23Re = a[2 * part] - a[3 * part], less23Im = a[2 * part + im] - a[3 * part + im];
                b[0] = re + sum14Re + sum23Re;
                b[im] = imaginary + sum14Im + sum23Im;
                Vector<double> even1Re = re + c1 * sum14Re + c2 * sum23Re, even1Im = imaginary + c1 * sum14Im + c2 * sum23Im;
                Vector<double> even2Re = re + c2 * sum14Re + c1 * sum23Re, even2Im = imaginary + c2 * sum14Im + c1 * sum23Im;
                Vector<double> odd1Re = s1 * less14Re + s2 * less23Re, odd1Im = s1 * less14Im + s2 * less23Im;
                Vector<double> odd2Re = s2 * less14Re - s1 * less23Re, odd2Im = s2 * less14Im - s1 * less23Im;
                Put(b + s, im, even1Re + odd1Im, even1Im - odd1Re, t1, w1);
                Put(b + 2 * s, im, even2Re + odd2Im, even2Im - odd2Re, t2, w2);
                Put(b + 3 * s, im, even2Re - odd2Im, even2Im + odd2Re, t3, w3);
                Put(b + 4 * s, im, even1Re - odd1Im, even1Im + odd1Re, t4, w4);
            }
        }
    }

    private void Any(int r, Vector<double>* x, Vector<double>* y, int n, int s)
    {
        var (m, step, turn) = (n / r, Points / n, Points / r);
        var (part, im) = ((long)s * m, Points);
        for (var p = 0; p < m; p++)
        {
            for (var q = 0; q < s; q++)
            {
                var a = x + q + (long)s * p;
                var b = y + q + (long)r * s * p;
                for (var j = 0; j < r; j++)
                {
                    Vector<double> re = Vector<double>.Zero, imaginary = re;
                    for (var k = 0; k < r; k++)
                    {
                        var angle = turn * (int)((long)j * k % r);
                        Vector<double> c = new(_cos[angle]), w = new(_sin[angle]);
                        re += a[k * part] * c - a[k * part + im] * w;
                        imaginary += a[k * part] * w + a[k * part + im] * c;
                    }

                    Put(b + (long)j * s, im, re, imaginary, new Vector<double>(_cos[step * p * j]), new Vector<double>(_sin[step * p * j]));
                }
            }
        }
    }

    private static void Put(Vector<double>* at, int im, Vector<double> re, Vector<double> imaginary, Vector<double> c, Vector<double> w)
    {
        at[0] = re * c - imaginary * w;
        at[im] = re * w + imaginary * c;
    }

    private static IEnumerable<int> Radices(int points)
    {
        for (; points % 5 == 0; points /= 5) yield return 5;
        for (; points % 4 == 0; points /= 4) yield return 4;
        for (var factor = 2; points > 1;)
        {
            if (points % factor == 0)
            {
                yield return factor;
                points /= factor;
            }
            else factor++;
        }
    }
}
