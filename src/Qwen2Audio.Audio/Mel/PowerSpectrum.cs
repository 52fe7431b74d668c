using System.Numerics;
using Qwen2Audio.Numerics.Spectra;

namespace Qwen2Audio.Audio.Mel;

/// <summary>
/// Power spectra of windowed frames of 400 samples, one frame per vector lane: a real transform by way of a complex one of 200 points. Lanes
/// are independent, so a frame's values do not depend on its neighbours.
/// </summary>
internal sealed class PowerSpectrum
{
    /// <summary>Samples of a frame.</summary>
    public const int Window = 400;

    private const int Half = Window / 2;
    private static readonly double[] Hann = [.. Enumerable.Range(0, Window).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / Window))];
    private static readonly double[] Cos = [.. Enumerable.Range(0, Window).Select(i => Math.Cos(2 * Math.PI * i / Window))];
    private static readonly double[] Sin = [.. Enumerable.Range(0, Window).Select(i => -Math.Sin(2 * Math.PI * i / Window))];

    private static readonly FourierTransform Transform = new(Half);
    private readonly double[] _windowed = new double[Window * Vector<double>.Count];
    private readonly Vector<double>[] _room = new Vector<double>[4 * Half];

    /// <summary>Frames computed together.</summary>
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
            _room[i] = new Vector<double>(_windowed, 2 * i * Lanes);
            _room[Half + i] = new Vector<double>(_windowed, (2 * i + 1) * Lanes);
        }

        Split(Transform.Forward(_room), power);
    }

    /// <summary>Separates the spectrum of the real samples from that of even + i · odd samples.</summary>
    private static void Split(ReadOnlySpan<Vector<double>> spectrum, Span<Vector<double>> power)
    {
        var re = spectrum[..Half];
        var im = spectrum[Half..];
        var ends = re[0] + im[0];
        power[0] = ends * ends;
        ends = re[0] - im[0];
        power[Half] = ends * ends;
        var half = new Vector<double>(0.5);
        for (var k = 1; k <= Half / 2; k++)
        {
            var m = Half - k;
            Vector<double> evenRe = (re[k] + re[m]) * half, evenIm = (im[k] - im[m]) * half;
            Vector<double> oddRe = (im[k] + im[m]) * half, oddIm = (re[m] - re[k]) * half;
            Vector<double> c = new(Cos[k]), s = new(Sin[k]);
            Vector<double> turnedRe = oddRe * c - oddIm * s, turnedIm = oddRe * s + oddIm * c;
            Vector<double> sumRe = evenRe + turnedRe, sumIm = evenIm + turnedIm;
            power[k] = sumRe * sumRe + sumIm * sumIm;
            Vector<double> lessRe = evenRe - turnedRe, lessIm = evenIm - turnedIm;
            power[m] = lessRe * lessRe + lessIm * lessIm;
        }
    }
}
