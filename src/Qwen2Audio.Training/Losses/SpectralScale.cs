namespace Qwen2Audio.Training.Losses;

/// <summary>One resolution of a <see cref="SpectralLoss"/>: frames a quarter of a Hann window apart.</summary>
/// <param name="Window">Samples of a frame.</param>
/// <param name="Mel">Filters of its mel loss, of the same window; null: none.</param>
/// <param name="Linear">Whether log-magnitude loss and spectral convergence are computed at it.</param>
internal sealed record SpectralScale(int Window, MelLossScale? Mel, bool Linear);
