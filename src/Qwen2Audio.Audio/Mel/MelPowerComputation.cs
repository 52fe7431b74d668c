using System.Numerics;

namespace Qwen2Audio.Audio.Mel;

/// <summary>Computes log10 mel power for several frames at a time, in its own buffers.</summary>
internal sealed class MelPowerComputation(MelFilters filters)
{
    /// <summary>log10 of the lowest power.</summary>
    public const float Silence = -10;

    private const int Window = PowerSpectrum.Window;
    private const int Centre = Window / 2;
    private readonly PowerSpectrum _spectrum = new();
    private readonly Vector<double>[] _power = new Vector<double>[MelFilters.SpectrumBins];
    private readonly float[] _frame = new float[Window];

    /// <summary>Fills frames × bins values; returns the largest.</summary>
    /// <param name="samples">The clip.</param>
    /// <param name="length">Samples including the padding zeros; frames are reflected at both ends.</param>
    /// <param name="start">The first frame.</param>
    /// <param name="frames">How many frames.</param>
    /// <param name="destination">Frame by frame.</param>
    public float Compute(ReadOnlySpan<float> samples, int length, int start, int frames, Span<float> destination)
    {
        int bins = filters.Bins, lanes = PowerSpectrum.Lanes;
        var largest = new Vector<double>(Silence);
        for (var first = 0; first < frames; first += lanes)
        {
            var count = Math.Min(lanes, frames - first);
            for (var lane = 0; lane < lanes; lane++)
            {
                var frame = first + Math.Min(lane, count - 1);
                var at = (long)(start + frame) * AudioLengths.Hop - Centre;
                if (at >= 0 && at + Window <= samples.Length) _spectrum.SetFrame(lane, samples.Slice((int)at, Window));
                else
                {
                    Reflect(samples, length, at, _frame);
                    _spectrum.SetFrame(lane, _frame);
                }
            }

            _spectrum.Compute(_power);
            largest = Vector.Max(largest, Filter(destination[(first * bins)..], count));
        }

        double max = Silence;
        for (var lane = 0; lane < lanes; lane++) max = Math.Max(max, largest[lane]);
        return (float)max;
    }

    private Vector<double> Filter(Span<float> destination, int count)
    {
        var bins = filters.Bins;
        Vector<double> floor = new(1e-10), toLog10 = new(1 / Math.Log(10)), largest = new(Silence);
        Span<Vector<double>> power = _power;
        for (var bin = 0; bin < bins; bin++)
        {
            var weights = filters.Weights(bin, out var start);
            ReadOnlySpan<Vector<double>> part = power.Slice(start, weights.Length);
            var sum = Vector<double>.Zero;
            for (var k = 0; k < weights.Length; k++) sum += part[k] * new Vector<double>(weights[k]);
            var log = Vector.Log(Vector.Max(sum, floor)) * toLog10;
            largest = Vector.Max(largest, log);
            for (int lane = 0, at = bin; lane < count; lane++, at += bins) destination[at] = (float)log[lane];
        }

        return largest;
    }

    /// <summary>A frame that crosses an end: samples from <paramref name="start"/> on, reflected at both ends without repeating the end sample.</summary>
    private static void Reflect(ReadOnlySpan<float> samples, int length, long start, Span<float> frame)
    {
        var period = Math.Max(1, 2 * ((long)length - 1));
        for (var i = 0; i < frame.Length; i++)
        {
            var at = ((start + i) % period + period) % period;
            if (at >= length) at = period - at;
            frame[i] = at < samples.Length ? samples[(int)at] : 0;
        }
    }
}
