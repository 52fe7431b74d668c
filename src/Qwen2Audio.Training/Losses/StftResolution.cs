namespace Qwen2Audio.Training.Losses;

/// <summary>One resolution of an <see cref="StftLoss"/>.</summary>
/// <param name="Points">Samples of a frame.</param>
/// <param name="Hop">Samples from one frame to the next.</param>
/// <param name="Window">Length of the Hann window, in the middle of the frame.</param>
internal sealed record StftResolution(int Points, int Hop, int Window);
