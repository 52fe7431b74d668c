using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>
/// DAC's multi-scale mel loss of waveforms: Σ over scales of mean |log10 max(a, 1e-5)² − log10 max(b, 1e-5)²| + mean |a − b|,
/// where a and b are the mel magnitudes (Hann window, hop of a quarter window, reflection padding).
/// </summary>
internal sealed class MelLoss
{
    private const float Least = 1e-5f;
    private readonly (Stft Stft, MelLossScale Scale)[] _scales;

    /// <summary>Creates a loss over these scales.</summary>
    /// <exception cref="ArgumentException">There are no scales, or filters do not match the size of their scale.</exception>
    public MelLoss(IReadOnlyList<MelLossScale> scales)
    {
        if (scales.Count == 0) throw new ArgumentException("There are no scales.", nameof(scales));
        _scales = [.. scales.Select(scale => (new Stft(scale.Window, Math.Max(1, scale.Window / 4)), scale))];
        foreach (var (stft, scale) in _scales)
        {
            if (scale.Filters.Length != (long)scale.Bins * stft.Bins)
                throw new ArgumentException(
                    $"{scale.Filters.Length} weights for {scale.Bins} bins of {stft.Bins} frequencies (window {scale.Window}).", nameof(scales));
        }
    }

    /// <summary>Adds <paramref name="coefficient"/> times the gradient to x and y unless they are constants.</summary>
    /// <param name="x">Waveforms, [batch, samples].</param>
    /// <param name="y">Waveforms of the same shape; a constant (<see cref="TrainingOps.Input"/>) if it is the target.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <returns>The loss, without the coefficient.</returns>
    /// <exception cref="ArgumentException">The shapes differ or are empty.</exception>
    public double Add(TrainingOps ops, Variable x, Variable y, float coefficient = 1)
    {
        SpectrumSide a = new(ops, x), b = new(ops, y);
        a.MustMatch(b);
        var loss = 0.0;
        foreach (var (stft, scale) in _scales)
        {
            var filters = ops.Scratch(scale.Bins, stft.Bins);
            scale.Filters.CopyTo(filters.Span);
            Matrix melA = Mel(a.Magnitude(stft), filters), melB = Mel(b.Magnitude(stft), filters);
            loss += Compare(ops, melA, melB, a.Slopes(melA), b.Slopes(melB), coefficient);
            foreach (var side in (SpectrumSide[])[a, b])
            {
                if (!side.NeedsGradient) continue;
                var slopes = ops.Scratch(side.Frames, stft.Bins);
                Gemm.Multiply(ops.Pool, side.LastSlopes, false, filters, false, slopes);
                side.Add(stft, slopes);
            }
        }

        a.Seed();
        b.Seed();
        return loss;

        Matrix Mel(Matrix magnitude, Matrix filters)
        {
            var mel = ops.Scratch(magnitude.Rows, filters.Rows);
            Gemm.Multiply(ops.Pool, magnitude, false, filters, true, mel);
            return mel;
        }
    }

    /// <summary>The loss of one scale; writes the gradients that are needed.</summary>
    private static double Compare(TrainingOps ops, Matrix melA, Matrix melB, Matrix slopesA, Matrix slopesB, float coefficient)
    {
        var scale = (double)coefficient / melA.Length;
        return FixedBlocks.Sum(ops.Pool, melA.Length, (start, count) =>
        {
            var a = melA.Span.Slice(start, count);
            var b = melB.Span.Slice(start, count);
            Span<float> da = slopesA.IsNull ? [] : slopesA.Span.Slice(start, count);
            Span<float> db = slopesB.IsNull ? [] : slopesB.Span.Slice(start, count);
            var sum = 0.0;
            for (var i = 0; i < a.Length; i++)
            {
                var logs = 2 * (Math.Log10(Math.Max(a[i], Least)) - Math.Log10(Math.Max(b[i], Least)));
                var difference = (double)a[i] - b[i];
                sum += Math.Abs(logs) + Math.Abs(difference);
                double ofLogs = Sign(logs) * 2 / Math.Log(10), ofDifference = Sign(difference);
                if (!da.IsEmpty) da[i] = (float)(scale * (ofDifference + (a[i] > Least ? ofLogs / a[i] : 0)));
                if (!db.IsEmpty) db[i] = (float)(-scale * (ofDifference + (b[i] > Least ? ofLogs / b[i] : 0)));
            }

            return sum;
        }) / melA.Length;
    }

    private static double Sign(double value) => value > 0 ? 1 : value < 0 ? -1 : value; // keeps NaN
}
