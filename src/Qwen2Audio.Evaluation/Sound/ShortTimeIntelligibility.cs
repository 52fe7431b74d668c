using System.Numerics;
using Qwen2Audio.Numerics.Spectra;

namespace Qwen2Audio.Evaluation.Sound;

/// <summary>
/// STOI (Taal et al. 2011) and ESTOI (Jensen and Taal 2016): correlation of the envelopes of degraded and clean speech in 15 one-third
/// octave bands from 150 Hz on, over segments of 384 ms. About 1 for intelligible speech, 0 for unintelligible speech. Ignores frames 40 dB below the loudest.
/// </summary>
public static class ShortTimeIntelligibility
{
    private const int Rate = 10_000;
    private const int Frame = 256;
    private const int Hop = Frame / 2;
    private const int Points = 512;
    private const int Bands = 15;
    private const int Stretch = 30;
    private const double LowestHz = 150;
    private const double Range = 40;
    private const double MinDistortion = -15;
    private const double Epsilon = 2.220446049250313e-16;
    private static readonly double[] Window = [.. Enumerable.Range(1, Frame).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / (Frame + 1)))];
    private static readonly FourierTransform Transform = new(Points);
    private static readonly (int First, int End)[] Octaves = [.. Enumerable.Range(0, Bands).Select(k => (Nearest((2 * k - 1) / 6.0), Nearest((2 * k + 1) / 6.0)))];

    /// <summary>Both measures; null when fewer than 30 frames (0.4 s) of the reference are loud enough.</summary>
    /// <param name="reference">Clean speech.</param>
    /// <param name="degraded">Degraded speech, of the same length and aligned in time.</param>
    /// <param name="sampleRate">Sampling rate of both, in Hz.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static (double Stoi, double Estoi)? Measure(ReadOnlySpan<float> reference, ReadOnlySpan<float> degraded, int sampleRate)
    {
        if (reference.Length != degraded.Length)
            throw new ArgumentException($"{reference.Length} and {degraded.Length} samples cannot be compared.", nameof(degraded));
        var (x, y) = WithoutSilence(RationalResampling.Convert(reference, sampleRate, Rate), RationalResampling.Convert(degraded, sampleRate, Rate));
        double[][] clean = Envelopes(x), made = Envelopes(y);
        if (clean.Length < Stretch) return null;
        double stoi = 0, estoi = 0;
        var stretches = clean.Length - Stretch + 1;
        for (var m = 0; m < stretches; m++)
        {
            double[][] a = Cut(clean, m), b = Cut(made, m);
            estoi += Correlation(Normalised(a), Normalised(b)) / Stretch;
            stoi += Bounded(a, b) / Bands;
        }

        return (stoi / stretches, estoi / stretches);
    }

    /// <summary>The frames in which the reference is loud, overlap-added.</summary>
    private static (double[] X, double[] Y) WithoutSilence(double[] x, double[] y)
    {
        var frames = Frames(x.Length);
        var levels = new double[frames];
        for (var f = 0; f < frames; f++)
        {
            var sum = 0.0;
            for (var i = 0; i < Frame; i++) sum += Math.Pow(Window[i] * x[f * Hop + i], 2);
            levels[f] = 20 * Math.Log10(Math.Sqrt(sum) + Epsilon);
        }

        int[] loud = [.. Enumerable.Range(0, frames).Where(f => levels.Max() - Range - levels[f] < 0)];
        return (Added(x), Added(y));

        double[] Added(double[] samples)
        {
            var result = new double[loud.Length == 0 ? 0 : (loud.Length - 1) * Hop + Frame];
            for (var k = 0; k < loud.Length; k++)
                for (var i = 0; i < Frame; i++) result[k * Hop + i] += Window[i] * samples[loud[k] * Hop + i];
            return result;
        }
    }

    /// <summary>[frames][bands]: square roots of the band powers.</summary>
    private static double[][] Envelopes(double[] samples)
    {
        var frames = Frames(samples.Length);
        var result = new double[frames][];
        var room = new Vector<double>[4 * Points];
        var lane = new double[Vector<double>.Count];
        for (var first = 0; first < frames; first += lane.Length)
        {
            Array.Clear(room);
            var count = Math.Min(lane.Length, frames - first);
            for (var i = 0; i < Frame; i++)
            {
                for (var l = 0; l < count; l++) lane[l] = Window[i] * samples[(first + l) * Hop + i];
                room[i] = new Vector<double>(lane);
            }

            var spectrum = Transform.Forward(room);
            for (var l = 0; l < count; l++)
            {
                var bands = result[first + l] = new double[Bands];
                for (var b = 0; b < Bands; b++)
                {
                    for (var k = Octaves[b].First; k < Octaves[b].End; k++) bands[b] += spectrum[k][l] * spectrum[k][l] + spectrum[Points + k][l] * spectrum[Points + k][l];
                    bands[b] = Math.Sqrt(bands[b]);
                }
            }
        }

        return result;
    }

    // the reference implementation drops a frame that ends with the signal
    private static int Frames(int samples) => samples <= Frame ? 0 : (samples - Frame - 1) / Hop + 1;

    /// <summary>One segment, [bands][frames].</summary>
    private static double[][] Cut(double[][] envelopes, int first) =>
        [.. Enumerable.Range(0, Bands).Select(b => (double[])[.. Enumerable.Range(first, Stretch).Select(f => envelopes[f][b])])];

    /// <summary>Σ over bands of the correlation of the clean envelope with the degraded one, scaled to the clean level and clipped at 15 dB of distortion.</summary>
    private static double Bounded(double[][] clean, double[][] made)
    {
        var (most, sum) = (1 + Math.Pow(10, -MinDistortion / 20), 0.0);
        for (var b = 0; b < Bands; b++)
        {
            var scale = Norm(clean[b]) / (Norm(made[b]) + Epsilon);
            double[] y = [.. made[b].Zip(clean[b], (value, bound) => Math.Min(value * scale, bound * most))];
            sum += Dot(Unit(Centred(clean[b])), Unit(Centred(y)));
        }

        return sum;
    }

    /// <summary>Normalises to mean 0 and norm 1: each band over the frames, then each frame over the bands.</summary>
    private static double[][] Normalised(double[][] bands)
    {
        double[][] rows = [.. bands.Select(band => Unit(Centred(band)))];
        return [.. Enumerable.Range(0, Stretch).Select(f => Unit(Centred([.. rows.Select(row => row[f])])))];
    }

    private static double Correlation(double[][] a, double[][] b) => a.Zip(b, Dot).Sum();

    private static double[] Centred(double[] values)
    {
        var mean = values.Average();
        return [.. values.Select(value => value - mean)];
    }

    private static double[] Unit(double[] values)
    {
        var norm = Norm(values) + Epsilon;
        return [.. values.Select(value => value / norm)];
    }

    private static double Norm(double[] values) => Math.Sqrt(Dot(values, values));

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>Index of the frequency nearest to this many octaves above the lowest band.</summary>
    private static int Nearest(double octaves)
    {
        var wanted = LowestHz * Math.Pow(2, octaves);
        return Enumerable.Range(0, Points / 2 + 1).MinBy(k => Math.Abs((double)k * Rate / Points - wanted));
    }
}
