using System.Numerics;

namespace Qwen2Audio.Numerics.Spectra;

/// <summary>
/// Fourier transforms of real numbers, one in each lane, and back. An even number of points is computed as a complex transform of half as
/// many: the even points are its real parts, the odd ones its imaginary parts.
/// </summary>
/// <param name="points">Numbers of a transform.</param>
internal sealed unsafe class RealTransform(int points)
{
    private readonly FourierTransform _complex = new(points % 2 == 0 ? points / 2 : points);
    private readonly double[] _cos = [.. Enumerable.Range(0, points / 2 + 1).Select(k => Math.Cos(2 * Math.PI * k / points))];
    private readonly double[] _sin = [.. Enumerable.Range(0, points / 2 + 1).Select(k => Math.Sin(2 * Math.PI * k / points))];

    /// <summary>Numbers of a transform.</summary>
    public int Points => points;

    /// <summary>Frequencies from 0 to half of the sampling rate.</summary>
    public int Bins => points / 2 + 1;

    /// <summary>Size of a transform's buffer, in float32 numbers.</summary>
    public long ScratchLength => (2L * Bins + 4L * _complex.Points) * Vector<double>.Count * (sizeof(double) / sizeof(float));

    /// <summary>X[k] = Σ x[t]·e^(−2πi k t / points): points vectors become the real parts of the bins, followed by their imaginary parts.</summary>
    public void Forward(Vector<double>* scratch)
    {
        Vector<double>* re = scratch, im = scratch + Bins, work = scratch + 2L * Bins;
        var half = _complex.Points;
        if (half == points)
        {
            new Span<Vector<double>>(scratch, points).CopyTo(new Span<Vector<double>>(work, points));
            new Span<Vector<double>>(work + points, points).Clear();
            var whole = _complex.Forward(work);
            new Span<Vector<double>>(whole, Bins).CopyTo(new Span<Vector<double>>(re, Bins));
            new Span<Vector<double>>(whole + points, Bins).CopyTo(new Span<Vector<double>>(im, Bins));
            return;
        }

        for (var j = 0; j < half; j++)
        {
            work[j] = scratch[2 * j];
            work[half + j] = scratch[2 * j + 1];
        }

        var z = _complex.Forward(work);
        var zIm = z + half;
        var scale = new Vector<double>(0.5);
        for (var k = 0; k <= half; k++)
        {
            var (at, mirror) = (k == half ? 0 : k, k == 0 ? 0 : half - k);
            Vector<double> evenRe = z[at] + z[mirror], evenIm = zIm[at] - zIm[mirror];
            Vector<double> oddRe = zIm[at] + zIm[mirror], oddIm = z[mirror] - z[at];
            Vector<double> cos = new(_cos[k]), sin = new(_sin[k]);
            re[k] = scale * (evenRe + oddRe * cos + oddIm * sin);
            im[k] = scale * (evenIm + oddIm * cos - oddRe * sin);
        }
    }

    /// <summary>
    /// x[t] = Σ X[k]·e^(+2πi k t / points) over all k, where X[points − k] is the conjugate of X[k]: real parts of the bins, followed by their
    /// imaginary parts become points vectors. Not divided by points. The imaginary parts of frequency 0 and, if points is even, of half the rate are ignored.
    /// </summary>
    public void Inverse(Vector<double>* scratch)
    {
        Vector<double>* re = scratch, im = scratch + Bins, work = scratch + 2L * Bins;
        var half = _complex.Points;
        im[0] = Vector<double>.Zero;
        if (half == points)
        {
            for (var k = 0; k < points; k++) // the transform of the conjugate is the conjugate of the result
            {
                var isMirror = k >= Bins;
                work[k] = re[isMirror ? points - k : k];
                work[points + k] = isMirror ? im[points - k] : -im[k];
            }

            new Span<Vector<double>>(_complex.Forward(work), points).CopyTo(new Span<Vector<double>>(scratch, points));
            return;
        }

        im[half] = Vector<double>.Zero;
        for (var k = 0; k < half; k++)
        {
            var mirror = half - k;
            Vector<double> evenRe = re[k] + re[mirror], evenIm = im[k] - im[mirror];
            Vector<double> lessRe = re[k] - re[mirror], lessIm = im[k] + im[mirror];
            Vector<double> cos = new(_cos[k]), sin = new(_sin[k]);
            Vector<double> oddRe = lessRe * cos - lessIm * sin, oddIm = lessRe * sin + lessIm * cos;
            work[k] = evenRe - oddIm;
            work[half + k] = -(evenIm + oddRe);
        }

        var z = _complex.Forward(work);
        for (var j = 0; j < half; j++)
        {
            scratch[2 * j] = z[j];
            scratch[2 * j + 1] = -z[half + j];
        }
    }
}
