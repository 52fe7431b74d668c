namespace Qwen2Audio.Model.Ops;

/// <summary>
/// Audio features of a frame-rate codec: every <see cref="Hop"/> samples, those of <paramref name="SubFrames"/> sub-frames (Hann
/// window): log-mel powers on Slaney's scale and the lowest bins of the compressed spectrum. The sub-frames are centred in their frame.
/// </summary>
/// <param name="SamplingRate">Sampling rate in Hz.</param>
/// <param name="Window">Samples of a sub-frame.</param>
/// <param name="SubHop">Samples between sub-frames, at most the window.</param>
/// <param name="SubFrames">Sub-frames per frame.</param>
/// <param name="MelBins">Mel bins; 0: none.</param>
/// <param name="SpectrumBins">Bins of the spectrum; 0: none.</param>
public readonly record struct AnalysisSpec(int SamplingRate, int Window, int SubHop, int SubFrames, int MelBins, int SpectrumBins)
{
    /// <summary>Samples between frames.</summary>
    public int Hop => SubHop * SubFrames;

    /// <summary>Features per frame.</summary>
    public int Columns => SubFrames * (MelBins + 2 * SpectrumBins);

    /// <summary>The samples that a frame reads, as a convolution: n samples give ⌈n / hop⌉ frames.</summary>
    public ConvSpec Frames => ConvSpec.Framed(Window + (SubFrames - 1) * SubHop, Hop, causal: false);
}

/// <summary>
/// Audio from spectra by overlap-add: each row's inverse real Fourier transform of <paramref name="Points"/> samples, under a window with sine slopes,
/// every <paramref name="Hop"/> samples. The excess at both ends is cut, so n frames give n · hop samples.
/// </summary>
/// <param name="Points">FFT size; Points − Hop is even.</param>
/// <param name="Hop">Samples between frames, at least half of Points.</param>
public readonly record struct SynthesisSpec(int Points, int Hop)
{
    /// <summary>Width of a row: log magnitudes, then phases.</summary>
    public int Columns => 2 * (Points / 2 + 1);

    /// <summary>The overlap-add as a transposed convolution.</summary>
    public TransposedConvSpec Overlap => TransposedConvSpec.Framed(Points, Hop, causal: false);
}
