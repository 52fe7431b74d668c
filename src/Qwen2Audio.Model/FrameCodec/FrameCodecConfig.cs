namespace Qwen2Audio.Model.FrameCodec;

/// <summary>
/// Sizes of our codec: a network that runs once per frame, from spectral features to a residual quantiser and back to spectra, which an
/// inverse Fourier transform turns into audio.
/// </summary>
public sealed record FrameCodecConfig : ICodecConfig
{
    /// <summary>Sampling rate in Hz, mono.</summary>
    public int SamplingRate { get; init; } = 16_000;

    /// <summary>Frames per second.</summary>
    public int FrameRate { get; init; } = 50;

    /// <summary>Sub-frames per frame, for which features are computed.</summary>
    public int SubFrames { get; init; } = 2;

    /// <summary>Window length of a sub-frame, in samples.</summary>
    public int AnalysisWindow { get; init; } = 640;

    /// <summary>Mel bins of a sub-frame; 0: none.</summary>
    public int MelBins { get; init; } = 80;

    /// <summary>Bins of the complex spectrum of a sub-frame; 0: none.</summary>
    public int SpectrumBins { get; init; }

    /// <summary>FFT size of the inverse transform.</summary>
    public int SynthesisWindow { get; init; } = 480;

    /// <summary>Width of the encoder.</summary>
    public int EncoderWidth { get; init; } = 256;

    /// <summary>Inner width of the encoder's blocks.</summary>
    public int EncoderInner { get; init; } = 512;

    /// <summary>Number of encoder blocks.</summary>
    public int EncoderBlocks { get; init; } = 3;

    /// <summary>Width of the decoder.</summary>
    public int DecoderWidth { get; init; } = 256;

    /// <summary>Inner width of the decoder's blocks.</summary>
    public int DecoderInner { get; init; } = 512;

    /// <summary>Number of decoder blocks.</summary>
    public int DecoderBlocks { get; init; } = 5;

    /// <summary>Kernel size of a block's depthwise convolution.</summary>
    public int Kernel { get; init; } = 7;

    /// <summary>Kernel size of the decoder's first convolution.</summary>
    public int DecoderKernel { get; init; } = 3;

    /// <summary>Look-ahead of the encoder's first block, in frames.</summary>
    public int EncoderLookAhead { get; init; } = 1;

    /// <summary>Look-ahead of the decoder's first block, in frames.</summary>
    public int DecoderLookAhead { get; init; } = 1;

    public int Dimension { get; init; } = 64;

    /// <summary>Number of codebooks.</summary>
    public int Books { get; init; } = 6;

    /// <summary>Entries per codebook.</summary>
    public int Entries { get; init; } = 1024;

    /// <summary>Samples per frame.</summary>
    public int Hop => SamplingRate / FrameRate;

    int ICodecConfig.Stages => Books;

    /// <summary>Bits per second with all codebooks, before entropy coding.</summary>
    public double BitsPerSecond => FrameRate * Books * Math.Log2(Entries);

    /// <summary>The encoder's features.</summary>
    public AnalysisSpec Analysis => new(SamplingRate, AnalysisWindow, Hop / SubFrames, SubFrames, MelBins, SpectrumBins);

    /// <summary>The decoder's synthesis.</summary>
    public SynthesisSpec Synthesis => new(SynthesisWindow, Hop);

    /// <summary>Algorithmic delay of encoding and decoding, in samples: one frame, the look-ahead, and the overlap of frames.</summary>
    public int Delay
    {
        get
        {
            var ahead = (EncoderBlocks > 0 ? EncoderLookAhead : 0) + (DecoderBlocks > 0 ? DecoderLookAhead : 0);
            return Hop + (AnalysisWindow - Hop / SubFrames) / 2 + Hop * ahead + (SynthesisWindow - Hop) / 2;
        }
    }
}
