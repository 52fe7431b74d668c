using System.Numerics;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Spectra;

/// <summary>
/// Frames of samples from log magnitudes m and phases p, as in the Vocos head (2306.00814): with S = exp(min(m, 5))·(cos p + i·sin p), the
/// inverse real transform of S times a window. The window's slopes are quarters of a sine, so that the squares of windows
/// <see cref="Hop"/> apart sum to 1. Row by row, in double precision.
/// </summary>
public sealed unsafe class InverseSpectrum
{
    private const float MaxLog = 5;
    private readonly RealTransform _transform;
    private readonly double[] _window;

    /// <summary>Frames of that many samples.</summary>
    /// <param name="points">Samples of a frame.</param>
    /// <param name="hop">Samples from one frame to the next: at most <paramref name="points"/>, and at least half of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside of these bounds.</exception>
    public InverseSpectrum(int points, int hop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hop, points);
        ArgumentOutOfRangeException.ThrowIfLessThan(hop, (points + 1) / 2);
        Hop = hop;
        _transform = new RealTransform(points);
        var slope = points - hop;
        _window = [.. Enumerable.Range(0, points).Select(i => Math.Min(i, points - 1 - i) is var at && at < slope ? Math.Sin(Math.PI / 2 * (at + 0.5) / slope) : 1)];
    }

    /// <summary>Samples of a frame.</summary>
    public int Points => _transform.Points;

    /// <summary>Samples from one frame to the next.</summary>
    public int Hop { get; }

    /// <summary>Frequencies of a frame; a row of input has twice as many values.</summary>
    public int Bins => _transform.Bins;

    /// <summary>The frames.</summary>
    /// <param name="x">[rows, 2 · bins]: log magnitudes, then phases.</param>
    /// <param name="spectrum">[rows, 2 · bins], overwritten: real parts, then imaginary parts, for the backward pass; null: not kept.</param>
    /// <param name="frames">[rows, points], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public void Forward(WorkerPool pool, Matrix x, Matrix spectrum, Matrix frames)
    {
        Shapes.Is(x, frames.Rows, 2 * Bins);
        Shapes.IsOrNull(spectrum, frames.Rows, 2 * Bins);
        Shapes.Is(frames, frames.Rows, Points);
        var (lanes, bins) = (FourierTransform.Lanes, Bins);
        RowGroups.Run(pool, _transform, x.Rows, (scratch, first, count) =>
        {
            if (count < lanes) new Span<Vector<double>>(scratch, 2 * bins).Clear();
            var target = (double*)scratch;
            for (var lane = 0; lane < count; lane++)
            {
                var row = x.Row(first + lane);
                var kept = spectrum.IsNull ? [] : spectrum.Row(first + lane);
                for (var k = 0; k < bins; k++)
                {
                    var magnitude = Math.Exp(Math.Min(row[k], MaxLog));
                    var (sin, cos) = Math.SinCos(row[bins + k]);
                    var (re, im) = (magnitude * cos, magnitude * sin);
                    target[k * lanes + lane] = re;
                    target[(bins + k) * lanes + lane] = im;
                    if (!kept.IsEmpty) (kept[k], kept[bins + k]) = ((float)re, (float)im);
                }
            }

            _transform.Inverse(scratch);
            for (var lane = 0; lane < count; lane++)
            {
                var row = frames.Row(first + lane);
                for (var i = 0; i < row.Length; i++) row[i] = (float)(target[i * lanes + lane] * _window[i] / Points);
            }
        });
    }

    /// <summary>Adds the gradient of the log magnitudes and phases; a log magnitude above its bound gets none.</summary>
    /// <param name="x">As in the forward pass.</param>
    /// <param name="spectrum">As written by the forward pass.</param>
    /// <param name="dFrames">[rows, points].</param>
    /// <param name="dx">[rows, 2 · bins], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public void Backward(WorkerPool pool, Matrix x, Matrix spectrum, Matrix dFrames, Matrix dx)
    {
        Shapes.Is(dFrames, x.Rows, Points);
        Shapes.Is(x, x.Rows, 2 * Bins);
        Shapes.Same(x, spectrum);
        Shapes.Same(x, dx);
        var (lanes, bins) = (FourierTransform.Lanes, Bins);
        RowGroups.Run(pool, _transform, x.Rows, (scratch, first, count) =>
        {
            if (count < lanes) new Span<Vector<double>>(scratch, Points).Clear();
            var target = (double*)scratch;
            for (var lane = 0; lane < count; lane++)
            {
                var row = dFrames.Row(first + lane);
                for (var i = 0; i < row.Length; i++) target[i * lanes + lane] = row[i] * _window[i] / Points;
            }

            _transform.Forward(scratch);
            for (var lane = 0; lane < count; lane++)
            {
                Span<float> log = x.Row(first + lane), values = spectrum.Row(first + lane), slopes = dx.Row(first + lane);
                for (var k = 0; k < bins; k++)
                {
                    var isReal = k == 0 || 2 * k == Points; // its imaginary part is ignored, and it is in the sum once
                    var re = target[k * lanes + lane] * (isReal ? 1 : 2);
                    var im = isReal ? 0 : 2 * target[(bins + k) * lanes + lane];
                    if (log[k] < MaxLog) slopes[k] += (float)(values[k] * re + values[bins + k] * im);
                    slopes[bins + k] += (float)(values[k] * im - values[bins + k] * re);
                }
            }
        });
    }
}
