namespace Qwen2Audio.Training.Losses;

/// <summary>One resolution of an <see cref="StftLoss"/>.</summary>
/// <param name="Points">FFT size: samples of a frame.</param>
/// <param name="Hop">Samples between frames.</param>
/// <param name="Window">Length of the Hann window, centred in the frame.</param>
internal sealed record StftResolution(int Points, int Hop, int Window);
