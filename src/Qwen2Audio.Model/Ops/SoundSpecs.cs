namespace Qwen2Audio.Model.Ops;

/// <summary>
/// Features that a frame-rate codec reads of sound: every <see cref="Hop"/> samples those of <paramref name="SubFrames"/> sub-frames (Hann
/// window), the log-mel powers on Slaney's scale and the lowest bins of the compressed spectrum. The sub-frames of a frame lie around its middle.
/// </summary>
/// <param name="SamplingRate">Samples a second.</param>
/// <param name="Window">Samples of a sub-frame.</param>
/// <param name="SubHop">Samples from one sub-frame to the next, at most the window.</param>
/// <param name="SubFrames">Sub-frames of a frame.</param>
/// <param name="MelBins">Mel bins; 0: none.</param>
/// <param name="SpectrumBins">Bins of the spectrum; 0: none.</param>
public readonly record struct AnalysisSpec(int SamplingRate, int Window, int SubHop, int SubFrames, int MelBins, int SpectrumBins)
{
    /// <summary>Samples from one frame to the next.</summary>
    public int Hop => SubHop * SubFrames;

    /// <summary>Features of a frame.</summary>
    public int Columns => SubFrames * (MelBins + 2 * SpectrumBins);

    /// <summary>The samples that a frame reads, as a convolution would: n samples give ⌈n / hop⌉ frames.</summary>
    public ConvSpec Frames => ConvSpec.Framed(Window + (SubFrames - 1) * SubHop, Hop, causal: false);
}

/// <summary>
/// Sound from spectra: each row's inverse real Fourier transform of <paramref name="Points"/> samples under a window with sine slopes, added to
/// the others every <paramref name="Hop"/> samples. What a frame reaches beyond its hop is cut on both sides, so n frames give n · hop samples.
/// </summary>
/// <param name="Points">Samples of a transform; Points − Hop is even.</param>
/// <param name="Hop">Samples from one frame to the next, at least half of Points.</param>
public readonly record struct SynthesisSpec(int Points, int Hop)
{
    /// <summary>Numbers of a row: logarithms of magnitudes, then phases.</summary>
    public int Columns => 2 * (Points / 2 + 1);

    /// <summary>How frames add up, as those of a transposed convolution do.</summary>
    public TransposedConvSpec Overlap => TransposedConvSpec.Framed(Points, Hop, causal: false);
}
