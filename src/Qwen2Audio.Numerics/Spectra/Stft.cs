using System.Numerics;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Spectra;

/// <summary>
/// Magnitudes of the short-time Fourier transform and their gradient. Frames of <see cref="Points"/> samples every <see cref="Hop"/>,
/// the first one centred on sample 0, both ends of the waveform padded by reflection without repeating the end; a periodic Hann
/// window in the middle of the frame; no normalisation. Transforms are computed in double precision.
/// </summary>
public sealed unsafe class Stft
{
    private const int ItemLength = 1 << 15; // floats per work item
    private readonly RealTransform _transform;
    private readonly double[] _hann;
    private readonly int _left; // where the window begins, from the frame's first sample

    /// <summary>Frames of <paramref name="points"/> samples.</summary>
    /// <param name="points">Samples of a frame: any number from 2 on.</param>
    /// <param name="hop">Samples from one frame to the next.</param>
    /// <param name="window">Length of the Hann window, at most <paramref name="points"/>; 0: the whole frame.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside of these bounds.</exception>
    public Stft(int points, int hop, int window = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(hop, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, points);
        (Points, Hop, Window) = (points, hop, window == 0 ? points : window);
        _transform = new RealTransform(points);
        _hann = [.. Enumerable.Range(0, Window).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / Window))];
        _left = (points - Window) / 2;
    }

    /// <summary>Samples of a frame.</summary>
    public int Points { get; }

    /// <summary>Samples from one frame to the next.</summary>
    public int Hop { get; }

    /// <summary>Samples under the window.</summary>
    public int Window { get; }

    /// <summary>Frequencies, from 0 to half of the sampling rate.</summary>
    public int Bins => Points / 2 + 1;

    /// <summary>Frames of a waveform of that many samples.</summary>
    public int Frames(int samples) => (samples + 2 * (Points / 2) - Points) / Hop + 1;

    /// <summary>magnitude = √(re² + im² + added).</summary>
    /// <param name="waves">One waveform per row, [waves, samples].</param>
    /// <param name="spectrum">[waves · frames, 2 · bins], overwritten: real parts, then imaginary parts, for the backward pass.</param>
    /// <param name="magnitude">[waves · frames, bins], overwritten.</param>
    /// <param name="added">Power that is added, so that the gradient stays bounded near 0.</param>
    /// <exception cref="ArgumentException">The shapes do not match, or a waveform is empty.</exception>
    public void Magnitude(WorkerPool pool, Matrix waves, Matrix spectrum, Matrix magnitude, float added = 0)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var frames = FramesOf(waves);
        Shapes.Is(spectrum, waves.Rows * frames, 2 * Bins);
        Shapes.Is(magnitude, waves.Rows * frames, Bins);
        ForGroups(pool, waves.Rows, frames, (room, wave, first, count) =>
        {
            Cut(room, waves.Data + (long)wave * waves.Stride, waves.Columns, first, count);
            _transform.Forward(room);
            for (var lane = 0; lane < count; lane++)
            {
                var row = (long)wave * frames + first + lane;
                Write((double*)room + lane, added, spectrum.Data + row * spectrum.Stride, magnitude.Data + row * magnitude.Stride);
            }
        });
    }

    /// <summary>Adds the gradient of the waveforms; bins without power contribute nothing.</summary>
    /// <param name="spectrum">As written by the forward pass.</param>
    /// <param name="dMagnitude">[waves · frames, bins].</param>
    /// <param name="dWaves">[waves, samples], added to.</param>
    /// <param name="added">As in the forward pass.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public void MagnitudeBackward(WorkerPool pool, Matrix spectrum, Matrix dMagnitude, Matrix dWaves, float added = 0)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var frames = FramesOf(dWaves);
        Shapes.Is(spectrum, dWaves.Rows * frames, 2 * Bins);
        Shapes.Is(dMagnitude, dWaves.Rows * frames, Bins);
        var parts = pool.Scratch(pool.Threads, (long)dWaves.Rows * frames * Window); // the gradient of each frame's samples
        ForGroups(pool, dWaves.Rows, frames, (room, wave, first, count) =>
        {
            if (count < FourierTransform.Lanes) new Span<Vector<double>>(room, 2 * Bins).Clear();
            for (var lane = 0; lane < count; lane++)
            {
                var row = (long)wave * frames + first + lane;
                Slopes(spectrum.Data + row * spectrum.Stride, dMagnitude.Data + row * dMagnitude.Stride, added, (double*)room + lane);
            }

            _transform.Inverse(room);
            var result = (double*)(room + _left);
            for (var lane = 0; lane < count; lane++)
            {
                var part = parts + ((long)wave * frames + first + lane) * Window;
                for (var i = 0; i < Window; i++) part[i] = (float)(result[(long)i * FourierTransform.Lanes + lane] * _hann[i]);
            }
        });
        pool.For(dWaves.Rows, (wave, _) => AddUp(parts + (long)wave * frames * Window, frames, dWaves.Row(wave)));
    }

    private delegate void Group(Vector<double>* room, int wave, int firstFrame, int count);

    /// <summary>Calls <paramref name="body"/> for as many frames of a waveform as a vector has lanes, or the rest of them.</summary>
    private void ForGroups(WorkerPool pool, int waves, int frames, Group body)
    {
        var lanes = FourierTransform.Lanes;
        var framesPerItem = Math.Max(1, ItemLength / (Points * lanes)) * lanes;
        var items = (frames + framesPerItem - 1) / framesPerItem;
        pool.For(waves * items, (item, worker) =>
        {
            var room = (Vector<double>*)pool.Scratch(worker, _transform.ScratchLength);
            var start = item % items * framesPerItem;
            var end = Math.Min(frames, start + framesPerItem);
            for (var first = start; first < end; first += lanes) body(room, item / items, first, Math.Min(lanes, end - first));
        });
    }

    /// <summary>The windowed frames, one per lane; lanes without a frame are 0.</summary>
    private void Cut(Vector<double>* room, float* wave, int samples, int firstFrame, int count)
    {
        if (count < FourierTransform.Lanes || Window < Points) new Span<Vector<double>>(room, Points).Clear();
        for (var lane = 0; lane < count; lane++)
        {
            var target = (double*)(room + _left) + lane;
            var start = FrameStart(firstFrame + lane);
            var inside = start >= 0 && start + Window <= samples;
            for (var i = 0; i < Window; i++, target += FourierTransform.Lanes)
                *target = _hann[i] * wave[inside ? start + i : Reflected(start + i, samples)];
        }
    }

    private void Write(double* result, float added, float* spectrum, float* magnitude)
    {
        var lanes = FourierTransform.Lanes;
        var imaginary = result + (long)Bins * lanes;
        for (var k = 0; k < Bins; k++)
        {
            var (re, im) = (result[(long)k * lanes], imaginary[(long)k * lanes]);
            magnitude[k] = (float)Math.Sqrt(re * re + im * im + added);
            spectrum[k] = (float)re;
            spectrum[Bins + k] = (float)im;
        }
    }

    // the inverse transform counts every bin twice except the first and, for an even number of points, the last
    private void Slopes(float* spectrum, float* dMagnitude, float added, double* target)
    {
        var lanes = FourierTransform.Lanes;
        var imaginary = target + (long)Bins * lanes;
        for (var k = 0; k < Bins; k++)
        {
            double re = spectrum[k], im = spectrum[Bins + k];
            var power = re * re + im * im;
            var slope = power > 0 ? dMagnitude[k] / Math.Sqrt(power + added) : 0;
            if (k > 0 && 2 * k < Points) slope *= 0.5;
            target[(long)k * lanes] = slope * re;
            imaginary[(long)k * lanes] = slope * im;
        }
    }

    private void AddUp(float* parts, int frames, Span<float> target)
    {
        for (var frame = 0; frame < frames; frame++, parts += Window)
        {
            var start = FrameStart(frame);
            var inside = start >= 0 && start + Window <= target.Length;
            for (var i = 0; i < Window; i++) target[inside ? start + i : Reflected(start + i, target.Length)] += parts[i];
        }
    }

    private int FrameStart(int frame) => frame * Hop + _left - Points / 2;

    private int FramesOf(Matrix waves) => waves.Columns > 0 ? Frames(waves.Columns)
        : throw new ArgumentException("A waveform without samples has no spectrum.");

    /// <summary>The sample at an index before, in or after a waveform.</summary>
    private static int Reflected(int place, int samples)
    {
        var period = Math.Max(1, 2 * (samples - 1));
        var at = (place % period + period) % period;
        return at < samples ? at : period - at;
    }
}
