using System.Numerics;
using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>The parts of a <see cref="SpectralLoss"/>, without their coefficients.</summary>
internal readonly record struct SpectralLosses(double Mel, double LogMagnitude, double Convergence);

/// <summary>
/// Spectral losses of waveforms. Magnitudes are √(re² + im² + 1e-7), so that the gradient stays bounded in silence. Mel: the mean
/// over scales of mean |ln(M·a + 3e-5) − ln(M·b + 3e-5)|. Log magnitude: the sum over scales of mean |ln a − ln b|. Spectral convergence: the
/// sum over scales of the mean over waveforms of ‖a − b‖ / max(‖b‖, 0.5). Mel and linear losses of a scale share its transforms.
/// </summary>
internal sealed class SpectralLoss
{
    private const float Added = 1e-7f;
    private const float MelFloor = 3e-5f;
    private const double MinNorm = 0.5;
    private readonly (Stft Stft, SpectralScale Scale)[] _scales;
    private readonly int _mels;

    /// <summary>Creates a loss over these scales.</summary>
    /// <exception cref="ArgumentException">There are no scales, a scale has no loss, or its filters have another window.</exception>
    public SpectralLoss(IReadOnlyList<SpectralScale> scales)
    {
        if (scales.Count == 0) throw new ArgumentException("There is no scale.", nameof(scales));
        foreach (var scale in scales)
        {
            if (scale.Mel is null && !scale.Linear) throw new ArgumentException($"Nothing is computed at window {scale.Window}.", nameof(scales));
            if (scale.Mel is { } mel && mel.Window != scale.Window) throw new ArgumentException($"Filters of window {mel.Window} at window {scale.Window}.", nameof(scales));
        }

        _scales = [.. scales.Select(scale => (new Stft(scale.Window, Math.Max(1, scale.Window / 4)), scale))];
        _mels = scales.Count(scale => scale.Mel is not null);
    }

    /// <summary>Adds the weighted gradients to x.</summary>
    /// <param name="x">Waveforms, [batch, samples].</param>
    /// <param name="y">The target, of the same shape: a constant.</param>
    /// <param name="mel">Weight of the mel loss in the total.</param>
    /// <param name="logMagnitude">Weight of the log-magnitude loss.</param>
    /// <param name="convergence">Weight of the spectral convergence.</param>
    /// <exception cref="ArgumentException">The shapes differ or are empty, or the target is not a constant.</exception>
    public SpectralLosses Add(TrainingOps ops, Variable x, Variable y, float mel = 1, float logMagnitude = 1, float convergence = 1)
    {
        SpectrumSide a = new(ops, x), b = new(ops, y);
        a.MustMatch(b);
        if (b.NeedsGradient) throw new ArgumentException("The target is a constant.", nameof(y));
        var (ofMel, ofLogs, ofConvergence, batch) = (0.0, 0.0, 0.0, x.Value.Rows);
        foreach (var (stft, scale) in _scales)
        {
            Matrix found = a.Magnitude(stft, Added), wanted = b.Magnitude(stft, Added);
            var slopes = a.Slopes(found);
            if (!slopes.IsNull) slopes.Clear();
            if (scale.Linear)
            {
                ofLogs += Logs(ops.Pool, found, wanted, slopes, 0, logMagnitude);
                ofConvergence += Convergence(ops.Pool, found, wanted, slopes, batch, convergence);
            }

            if (scale.Mel is { } filters) ofMel += Mel(ops, found, wanted, slopes, filters, mel);
            if (a.NeedsGradient) a.Add(stft, slopes, Added);
        }

        a.Seed();
        return new SpectralLosses(ofMel, ofLogs, ofConvergence);
    }

    private double Mel(TrainingOps ops, Matrix found, Matrix wanted, Matrix slopes, MelLossScale scale, float coefficient)
    {
        var filters = ops.Scratch(scale.Bins, found.Columns);
        scale.Filters.CopyTo(filters.Span);
        Matrix a = ops.Scratch(found.Rows, scale.Bins), b = ops.Scratch(found.Rows, scale.Bins);
        Gemm.Multiply(ops.Pool, found, false, filters, true, a);
        Gemm.Multiply(ops.Pool, wanted, false, filters, true, b);
        var ofBins = slopes.IsNull ? slopes : ops.Scratch(a.Rows, a.Columns);
        if (!ofBins.IsNull) ofBins.Clear();
        var loss = Logs(ops.Pool, a, b, ofBins, MelFloor, coefficient / _mels) / _mels;
        if (!slopes.IsNull) Gemm.Multiply(ops.Pool, ofBins, false, filters, false, slopes, accumulate: true);
        return loss;
    }

    /// <summary>mean |ln(a + floor) − ln(b + floor)|; adds <paramref name="coefficient"/> times its gradient to the slopes.</summary>
    private static double Logs(WorkerPool pool, Matrix found, Matrix wanted, Matrix slopes, float floor, float coefficient)
    {
        var scale = coefficient / found.Length;
        return FixedBlocks.Sum(pool, found.Length, (start, count) =>
        {
            var a = MemoryMarshal.Cast<float, Vector<float>>(found.Span.Slice(start, count));
            var b = MemoryMarshal.Cast<float, Vector<float>>(wanted.Span.Slice(start, count));
            var gradient = slopes.IsNull ? [] : slopes.Span.Slice(start, count);
            var into = MemoryMarshal.Cast<float, Vector<float>>(gradient);
            var (sums, floors, scales) = (Vector<double>.Zero, new Vector<float>(floor), new Vector<float>(scale));
            for (var i = 0; i < a.Length; i++)
            {
                Vector<float> p = a[i] + floors, q = b[i] + floors;
                var difference = Vector.Log(p) - Vector.Log(q);
                Vector.Widen(Vector.Abs(difference), out var low, out var high);
                sums += low + high;
                if (into.IsEmpty) continue;
                var sign = Vector.ConditionalSelect(Vector.GreaterThan(difference, Vector<float>.Zero), scales,
                    Vector.ConditionalSelect(Vector.LessThan(difference, Vector<float>.Zero), -scales, difference)); // keeps NaN
                into[i] += sign / p;
            }

            var sum = Vector.Sum(sums);
            for (var i = a.Length * Vector<float>.Count; i < count; i++)
            {
                var p = found.Span[start + i] + floor;
                var difference = MathF.Log(p) - MathF.Log(wanted.Span[start + i] + floor);
                sum += Math.Abs(difference);
                if (!gradient.IsEmpty) gradient[i] += (difference > 0 ? scale : difference < 0 ? -scale : difference) / p;
            }

            return sum;
        }) / found.Length;
    }

    private static double Convergence(WorkerPool pool, Matrix found, Matrix wanted, Matrix slopes, int batch, float coefficient)
    {
        var losses = new double[batch];
        var length = (int)(found.Length / batch);
        pool.For(batch, (item, _) =>
        {
            var a = MemoryMarshal.Cast<float, Vector<float>>(found.Span.Slice(item * length, length));
            var b = MemoryMarshal.Cast<float, Vector<float>>(wanted.Span.Slice(item * length, length));
            var (ofDifference, ofWanted, rest) = (Vector<double>.Zero, Vector<double>.Zero, a.Length * Vector<float>.Count);
            for (var i = 0; i < a.Length; i++)
            {
                var difference = a[i] - b[i];
                Vector.Widen(difference * difference, out var low, out var high);
                ofDifference += low + high;
                Vector.Widen(b[i] * b[i], out low, out high);
                ofWanted += low + high;
            }

            var (sumOfDifference, sumOfWanted) = (Vector.Sum(ofDifference), Vector.Sum(ofWanted));
            for (var i = item * length + rest; i < (item + 1) * length; i++)
            {
                var difference = found.Span[i] - wanted.Span[i];
                sumOfDifference += difference * difference;
                sumOfWanted += wanted.Span[i] * wanted.Span[i];
            }

            var (norm, target) = (Math.Sqrt(sumOfDifference), Math.Max(Math.Sqrt(sumOfWanted), MinNorm));
            losses[item] = norm / target;
            if (slopes.IsNull || norm == 0) return;
            var factor = (float)(coefficient / batch / (norm * target));
            var into = slopes.Span.Slice(item * length, length);
            Span<float> x = found.Span.Slice(item * length, length), y = wanted.Span.Slice(item * length, length);
            for (var i = 0; i < into.Length; i++) into[i] += factor * (x[i] - y[i]);
        });
        return losses.Sum() / batch;
    }
}
