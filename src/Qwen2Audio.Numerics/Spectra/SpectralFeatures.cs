using System.Numerics;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Spectra;

/// <summary>
/// The input of a frame-rate network: for each sub-frame (periodic Hann window) the log-mel powers
/// 0.25·ln max(P, 1e-6) + 0.5 and the lowest bins of the spectrum, X·(|X|² + 1e-6)^(−0.35), whose magnitudes are about |X|^0.3. Row by
/// row, in double precision.
/// </summary>
public sealed unsafe class SpectralFeatures
{
    private const double MinPower = 1e-6;
    private const double Compression = -0.35;
    private readonly RealTransform _transform;
    private readonly double[] _hann;
    private readonly int _hop;
    private readonly int _subFrames;
    private readonly int _bins; // of the spectrum
    private readonly (int First, double[] Weights)[] _filters;

    /// <summary>Features of rows of window + (subFrames − 1) · hop samples.</summary>
    /// <param name="window">Samples of a sub-frame.</param>
    /// <param name="hop">Samples from one sub-frame to the next.</param>
    /// <param name="subFrames">Sub-frames per row.</param>
    /// <param name="filters">[mels, window/2 + 1]: weight of each frequency in each mel bin; empty: none.</param>
    /// <param name="bins">Lowest bins of the spectrum, 0 to window/2 + 1.</param>
    /// <exception cref="ArgumentException">The filters are not a whole number of mel bins, or there is nothing to compute.</exception>
    public SpectralFeatures(int window, int hop, int subFrames, ReadOnlySpan<float> filters, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(hop, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(subFrames, 1);
        (_transform, _hop, _subFrames, _bins) = (new RealTransform(window), hop, subFrames, bins);
        var frequencies = _transform.Bins;
        if (filters.Length % frequencies != 0 || (uint)bins > (uint)frequencies || filters.Length + bins == 0)
            throw new ArgumentException($"{filters.Length} weights and {bins} bins of {frequencies} frequencies.", nameof(filters));
        _hann = [.. Enumerable.Range(0, window).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * i / window))];
        _filters = new (int, double[])[filters.Length / frequencies];
        for (var m = 0; m < _filters.Length; m++)
        {
            var row = filters.Slice(m * frequencies, frequencies);
            var first = row.IndexOfAnyExcept(0f);
            _filters[m] = first < 0 ? (0, []) : (first, [.. row[first..(row.LastIndexOfAnyExcept(0f) + 1)].ToArray().Select(weight => (double)weight)]);
        }
    }

    /// <summary>Samples per row.</summary>
    public int Samples => _transform.Points + (_subFrames - 1) * _hop;

    /// <summary>Features per row: sub-frame after sub-frame, mels, real parts, imaginary parts.</summary>
    public int Columns => _subFrames * PerSubFrame;

    private int PerSubFrame => _filters.Length + 2 * _bins;

    /// <summary>The features.</summary>
    /// <param name="x">[rows, samples].</param>
    /// <param name="y">[rows, columns], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public void Forward(WorkerPool pool, Matrix x, Matrix y)
    {
        Shapes.Is(x, y.Rows, Samples);
        Shapes.Is(y, y.Rows, Columns);
        RowGroups.Run(pool, _transform, checked(x.Rows * _subFrames), (scratch, first, count) =>
        {
            Transform(scratch, x, first, count);
            for (var lane = 0; lane < count; lane++)
            {
                var target = Of(y, first + lane);
                var spectrum = new Lane(scratch, lane, _transform.Bins);
                for (var m = 0; m < _filters.Length; m++) target[m] = (float)(0.25 * Math.Log(Math.Max(Mel(spectrum, m), MinPower)) + 0.5);
                for (var k = 0; k < _bins; k++)
                {
                    var scale = Math.Pow(spectrum.Power(k) + MinPower, Compression);
                    target[_filters.Length + k] = (float)(spectrum.Re(k) * scale);
                    target[_filters.Length + _bins + k] = (float)(spectrum.Im(k) * scale);
                }
            }
        });
    }

    /// <summary>Adds the gradient of the samples; mel powers at the floor contribute nothing.</summary>
    /// <param name="x">As in the forward pass.</param>
    /// <param name="dy">[rows, columns].</param>
    /// <param name="dx">[rows, samples], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    public void Backward(WorkerPool pool, Matrix x, Matrix dy, Matrix dx)
    {
        Shapes.Is(x, dy.Rows, Samples);
        Shapes.Is(dy, dy.Rows, Columns);
        Shapes.Same(x, dx);
        var (window, lanes) = (_transform.Points, FourierTransform.Lanes);
        var parts = pool.Scratch(pool.Threads, (long)x.Rows * _subFrames * window); // the gradient of each sub-frame's samples
        RowGroups.Run(pool, _transform, checked(x.Rows * _subFrames), (scratch, first, count) =>
        {
            Transform(scratch, x, first, count);
            for (var lane = 0; lane < count; lane++) Slopes(new Lane(scratch, lane, _transform.Bins), Of(dy, first + lane));
            _transform.Inverse(scratch);
            for (var lane = 0; lane < count; lane++)
            {
                var part = parts + (long)(first + lane) * window;
                for (var i = 0; i < window; i++) part[i] = (float)(((double*)scratch)[i * lanes + lane] * _hann[i]);
            }
        });
        for (var row = 0; row < x.Rows; row++) // one after another: sub-frames overlap
        {
            for (var s = 0; s < _subFrames; s++)
            {
                var target = dx.Row(row).Slice(s * _hop, window);
                var part = parts + (long)(row * _subFrames + s) * window;
                for (var i = 0; i < window; i++) target[i] += part[i];
            }
        }
    }

    private Span<float> Of(Matrix y, int subFrame) => y.Row(subFrame / _subFrames).Slice(subFrame % _subFrames * PerSubFrame, PerSubFrame);

    private void Transform(Vector<double>* scratch, Matrix x, int first, int count)
    {
        var (window, lanes) = (_transform.Points, FourierTransform.Lanes);
        if (count < lanes) new Span<Vector<double>>(scratch, window).Clear();
        for (var lane = 0; lane < count; lane++)
        {
            var samples = x.Row((first + lane) / _subFrames).Slice((first + lane) % _subFrames * _hop, window);
            for (var i = 0; i < window; i++) ((double*)scratch)[i * lanes + lane] = _hann[i] * samples[i];
        }

        _transform.Forward(scratch);
    }

    private double Mel(Lane spectrum, int m)
    {
        var (first, weights) = _filters[m];
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++) sum += weights[i] * spectrum.Power(first + i);
        return sum;
    }

    // the spectrum is overwritten by its gradient; the inverse transform counts every bin twice except the first and, for an even length, the last
    private void Slopes(Lane spectrum, ReadOnlySpan<float> dy)
    {
        var ofPower = new double[_transform.Bins];
        for (var m = 0; m < _filters.Length; m++)
        {
            var power = Mel(spectrum, m);
            if (power <= MinPower) continue;
            var (first, weights) = _filters[m];
            for (var i = 0; i < weights.Length; i++) ofPower[first + i] += weights[i] * 0.25 * dy[m] / power;
        }

        for (var k = 0; k < ofPower.Length; k++)
        {
            var (re, im, dRe, dIm) = (spectrum.Re(k), spectrum.Im(k), 0.0, 0.0);
            if (k < _bins)
            {
                double toRe = dy[_filters.Length + k], toIm = dy[_filters.Length + _bins + k];
                var power = spectrum.Power(k) + MinPower;
                var scale = Math.Pow(power, Compression);
                ofPower[k] += Compression * scale / power * (re * toRe + im * toIm);
                (dRe, dIm) = (scale * toRe, scale * toIm);
            }

            var times = k == 0 || 2 * k == _transform.Points ? 1 : 0.5;
            spectrum.Put(k, times * (dRe + 2 * re * ofPower[k]), times * (dIm + 2 * im * ofPower[k]));
        }
    }

    /// <summary>One lane of a buffer with a spectrum.</summary>
    private readonly struct Lane(Vector<double>* scratch, int lane, int bins)
    {
        private readonly double* _re = (double*)scratch + lane;

        public double Re(int k) => _re[k * Vector<double>.Count];

        public double Im(int k) => _re[(bins + k) * Vector<double>.Count];

        public double Power(int k) => Re(k) * Re(k) + Im(k) * Im(k);

        public void Put(int k, double re, double im) => (_re[k * Vector<double>.Count], _re[(bins + k) * Vector<double>.Count]) = (re, im);
    }
}
