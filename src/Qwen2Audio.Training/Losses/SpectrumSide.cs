using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>One of the two waveforms that a spectral loss compares: its spectra, and its gradient summed over resolutions.</summary>
internal sealed class SpectrumSide
{
    private readonly TrainingOps _ops;
    private readonly Variable _waves;
    private readonly Matrix _gradient;
    private Matrix _spectrum;

    public SpectrumSide(TrainingOps ops, Variable waves)
    {
        (_ops, _waves) = (ops, waves);
        if (!NeedsGradient) return;
        _gradient = ops.Scratch(waves.Value.Rows, waves.Value.Columns);
        _gradient.Clear();
    }

    public bool NeedsGradient => _waves.NeedsGradient;

    /// <summary>Rows of the spectrum at the last resolution.</summary>
    public int Frames => _spectrum.Rows;

    /// <summary>The last result of <see cref="Slopes"/>.</summary>
    public Matrix LastSlopes { get; private set; }

    public void MustMatch(SpectrumSide other)
    {
        var (a, b) = (_waves.Value, other._waves.Value);
        if (a.Rows != b.Rows || a.Columns != b.Columns || a.Length == 0)
            throw new ArgumentException($"Waveforms {a.Rows} × {a.Columns} and {b.Rows} × {b.Columns} cannot be compared.");
    }

    /// <summary>[batch · frames, frequencies], as <see cref="Stft.Magnitude"/> has added power; the spectrum is kept for <see cref="Add"/>.</summary>
    public Matrix Magnitude(Stft stft, float added = 0)
    {
        var rows = _waves.Value.Rows * stft.Frames(_waves.Value.Columns);
        _spectrum = _ops.Scratch(rows, 2 * stft.Bins);
        var magnitude = _ops.Scratch(rows, stft.Bins);
        stft.Magnitude(_ops.Pool, _waves.Value, _spectrum, magnitude, added);
        return magnitude;
    }

    /// <summary>A matrix for a gradient of the shape of <paramref name="like"/>; null for a constant.</summary>
    public Matrix Slopes(Matrix like) => LastSlopes = NeedsGradient ? _ops.Scratch(like.Rows, like.Columns) : default;

    /// <summary>Adds the gradient from the magnitudes of the last resolution.</summary>
    public void Add(Stft stft, Matrix slopes, float added = 0) => stft.MagnitudeBackward(_ops.Pool, _spectrum, slopes, _gradient, added);

    public void Seed()
    {
        if (NeedsGradient) _ops.Seed(_waves, _gradient);
    }
}
