using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>The two parts of an <see cref="StftLoss"/>, without their coefficients.</summary>
internal readonly record struct StftLosses(double SpectralConvergence, double LogMagnitude);

/// <summary>
/// Multi-resolution STFT loss of waveforms (Parallel WaveGAN): with M = √max(re² + im², 1e-7), the means over resolutions of
/// ‖M_y − M_x‖/‖M_y‖ (norms over the whole batch) and of mean |ln M_y − ln M_x|.
/// </summary>
internal sealed class StftLoss
{
    private const float LeastPower = 1e-7f;
    private readonly Stft[] _resolutions;

    /// <summary>Creates a loss over these resolutions.</summary>
    /// <exception cref="ArgumentException">There are no resolutions, or their sizes do not define an STFT.</exception>
    public StftLoss(IReadOnlyList<StftResolution> resolutions)
    {
        if (resolutions.Count == 0) throw new ArgumentException("There are no resolutions.", nameof(resolutions));
        _resolutions = [.. resolutions.Select(resolution => new Stft(resolution.Points, resolution.Hop, resolution.Window))];
    }

    /// <summary>Adds the weighted gradients to x and y unless they are constants.</summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="x">Waveforms, [batch, samples].</param>
    /// <param name="y">The target, of the same shape; its norm divides the convergence.</param>
    /// <param name="convergence">Weight of the spectral convergence in the total.</param>
    /// <param name="logMagnitude">Weight of the log-magnitude loss in the total.</param>
    /// <exception cref="ArgumentException">The shapes differ or are empty.</exception>
    public StftLosses Add(TrainingOps ops, Variable x, Variable y, float convergence = 1, float logMagnitude = 1)
    {
        SpectrumSide a = new(ops, x), b = new(ops, y);
        a.MustMatch(b);
        var (ofConvergence, ofLogs, count) = (0.0, 0.0, _resolutions.Length);
        foreach (var stft in _resolutions)
        {
            Matrix found = a.Magnitude(stft, LeastPower), wanted = b.Magnitude(stft, LeastPower);
            var norms = new Norms(ops.Pool, found, wanted);
            ofConvergence += norms.Difference / norms.Wanted / count;
            var factors = (Convergence: (double)convergence / count, Logs: (double)logMagnitude / count / found.Length);
            ofLogs += Compare(ops, found, wanted, a.Slopes(found), b.Slopes(wanted), norms, factors) / count;
            if (a.NeedsGradient) a.Add(stft, a.LastSlopes);
            if (b.NeedsGradient) b.Add(stft, b.LastSlopes);
        }

        a.Seed();
        b.Seed();
        return new StftLosses(ofConvergence, ofLogs);
    }

    /// <summary>The log-magnitude loss of one resolution; writes the gradients of both parts where they are needed.</summary>
    private static double Compare(
        TrainingOps ops, Matrix found, Matrix wanted, Matrix slopesA, Matrix slopesB, Norms norms, (double Convergence, double Logs) factors)
    {
        // d(D/N)/dx = (x − y)/(D·N); d(D/N)/dy = −d(D/N)/dx − D·y/N³, with D the norm of the difference and N that of y.
        var toward = norms.Difference > 0 ? factors.Convergence / (norms.Difference * norms.Wanted) : 0;
        var size = factors.Convergence * norms.Difference / Math.Pow(norms.Wanted, 3);
        return FixedBlocks.Sum(ops.Pool, found.Length, (start, count) =>
        {
            var a = found.Span.Slice(start, count);
            var b = wanted.Span.Slice(start, count);
            Span<float> da = slopesA.IsNull ? [] : slopesA.Span.Slice(start, count);
            Span<float> db = slopesB.IsNull ? [] : slopesB.Span.Slice(start, count);
            var sum = 0.0;
            for (var i = 0; i < a.Length; i++)
            {
                var difference = (double)a[i] - b[i];
                var sign = difference > 0 ? factors.Logs : difference < 0 ? -factors.Logs : 0;
                sum += Math.Abs(Math.Log(a[i]) - Math.Log(b[i]));
                if (!da.IsEmpty) da[i] = (float)(toward * difference + sign / a[i]);
                if (!db.IsEmpty) db[i] = (float)(-toward * difference - size * b[i] - sign / b[i]);
            }

            return sum;
        }) / found.Length;
    }

    private sealed class Norms(WorkerPool pool, Matrix found, Matrix wanted)
    {
        public double Difference { get; } = Math.Sqrt(FixedBlocks.Sum(pool, found.Length, (start, count) =>
        {
            var a = found.Span.Slice(start, count);
            var b = wanted.Span.Slice(start, count);
            var sum = 0.0;
            for (var i = 0; i < a.Length; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
            return sum;
        }));

        public double Wanted { get; } = Math.Sqrt(Vectors.SumOfSquares(pool, wanted));
    }
}
