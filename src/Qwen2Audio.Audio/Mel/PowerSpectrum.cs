using System.Numerics;

namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// Power spectra of windowed frames of 400 samples, one frame in each lane of a vector: a real transform as a complex one of 200 points
/// (radix 5, 5, 4, 2, self-sorting), then its split. Each lane is computed alone, so a frame's values do not depend on its neighbours.
/// </summary>
internal sealed class PowerSpectrum
{
    /// <summary>Samples of a frame.</summary>
    public const int Window = 400;

    private const int Half = Window / 2;
    private static readonly double[] Hann = [.. Enumerable.Range(0, Window).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / Window))];
    private static readonly double[] Cos = [.. Enumerable.Range(0, Window).Select(i => Math.Cos(2 * Math.PI * i / Window))];
    private static readonly double[] Sin = [.. Enumerable.Range(0, Window).Select(i => -Math.Sin(2 * Math.PI * i / Window))];

    private readonly double[] _windowed = new double[Window * Vector<double>.Count];
    private readonly Vector<double>[] _re = new Vector<double>[Half];
    private readonly Vector<double>[] _im = new Vector<double>[Half];
    private readonly Vector<double>[] _re2 = new Vector<double>[Half];
    private readonly Vector<double>[] _im2 = new Vector<double>[Half];

    /// <summary>Frames that are computed together.</summary>
    public static int Lanes => Vector<double>.Count;

    /// <summary>Puts a frame into a lane.</summary>
    public void SetFrame(int lane, ReadOnlySpan<float> samples)
    {
        ReadOnlySpan<double> hann = Hann.AsSpan(0, samples.Length);
        var windowed = _windowed;
        var lanes = Lanes;
        for (int i = 0, at = lane; i < samples.Length; i++, at += lanes) windowed[at] = samples[i] * hann[i];
    }

    /// <summary>|spectrum|² of the frames, 201 values.</summary>
    public void Compute(Span<Vector<double>> power)
    {
        for (var i = 0; i < Half; i++)
        {
            _re[i] = new Vector<double>(_windowed, 2 * i * Lanes);
            _im[i] = new Vector<double>(_windowed, (2 * i + 1) * Lanes);
        }

        Radix5.Pass(_re, _im, _re2, _im2, 200, 1, Cos, Sin);
        Radix5.Pass(_re2, _im2, _re, _im, 40, 5, Cos, Sin);
        Radix4.Pass(_re, _im, _re2, _im2, 8, 25, Cos, Sin);
        Radix2(_re2, _im2, _re, _im);
        Split(power);
    }

    private static void Radix2(Vector<double>[] re, Vector<double>[] im, Vector<double>[] toRe, Vector<double>[] toIm)
    {
        for (var q = 0; q < Half / 2; q++)
        {
            toRe[q] = re[q] + re[q + Half / 2];
            toIm[q] = im[q] + im[q + Half / 2];
            toRe[q + Half / 2] = re[q] - re[q + Half / 2];
            toIm[q + Half / 2] = im[q] - im[q + Half / 2];
        }
    }

    /// <summary>The spectrum of the real samples out of the one of even + i · odd samples.</summary>
    private void Split(Span<Vector<double>> power)
    {
        var ends = _re[0] + _im[0];
        power[0] = ends * ends;
        ends = _re[0] - _im[0];
        power[Half] = ends * ends;
        var half = new Vector<double>(0.5);
        for (var k = 1; k <= Half / 2; k++)
        {
            var m = Half - k;
            Vector<double> evenRe = (_re[k] + _re[m]) * half, evenIm = (_im[k] - _im[m]) * half;
            Vector<double> oddRe = (_im[k] + _im[m]) * half, oddIm = (_re[m] - _re[k]) * half;
            Vector<double> c = new(Cos[k]), s = new(Sin[k]);
            Vector<double> turnedRe = oddRe * c - oddIm * s, turnedIm = oddRe * s + oddIm * c;
            Vector<double> re = evenRe + turnedRe, im = evenIm + turnedIm;
            power[k] = re * re + im * im;
            re = evenRe - turnedRe;
            im = evenIm - turnedIm;
            power[m] = re * re + im * im;
        }
    }
}
