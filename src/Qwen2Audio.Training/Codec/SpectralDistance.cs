using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>The spectral losses of codec training, with its default windows, as distances between two sounds. One caller at a time.</summary>
public sealed class SpectralDistance : IDisposable
{
    private readonly WorkerPool _pool = new(1);
    private readonly TrainingOps _ops;
    private readonly Dictionary<int, CodecLosses> _losses = [];

    /// <summary>Creates the operators; they compute on the caller's thread.</summary>
    public SpectralDistance() => _ops = new TrainingOps(_pool) { Records = false };

    /// <summary>Compares two sounds; see <see cref="SpectralLoss"/>.</summary>
    /// <param name="reference">One channel.</param>
    /// <param name="made">Samples of the same length.</param>
    /// <param name="samplingRate">Sampling rate of both, in Hz.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public (double Mel, double LogMagnitude, double Convergence) Measure(ReadOnlySpan<float> reference, ReadOnlySpan<float> made, int samplingRate)
    {
        if (!_losses.TryGetValue(samplingRate, out var losses)) _losses[samplingRate] = losses = new CodecLosses(new CodecLossRecipe(), samplingRate);
        _ops.Begin();
        var parts = losses.Add(_ops, _ops.Input(made, 1, made.Length), _ops.Input(reference, 1, reference.Length), 1).ToDictionary(part => part.Name, part => part.Value, StringComparer.Ordinal);
        return (parts["mel"], parts["log_magnitude"], parts["convergence"]);
    }

    public void Dispose()
    {
        _ops.Dispose();
        _pool.Dispose();
    }
}
