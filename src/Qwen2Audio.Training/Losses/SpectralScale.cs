namespace Qwen2Audio.Training.Losses;

/// <summary>One resolution of a <see cref="SpectralLoss"/>: a Hann window with a hop of a quarter of it.</summary>
/// <param name="Window">Samples of a frame.</param>
/// <param name="Mel">Filters of its mel loss, for the same window; null: none.</param>
/// <param name="Linear">Whether it has log-magnitude loss and spectral convergence.</param>
internal sealed record SpectralScale(int Window, MelLossScale? Mel, bool Linear);
