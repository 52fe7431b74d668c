using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.FrameCodec;

/// <summary>
/// Sizes of our codec: a network that runs once a frame, from spectral features to a residual quantiser and back to spectra, of which an
/// inverse Fourier transform makes sound.
/// </summary>
public sealed record FrameCodecConfig
{
    /// <summary>Samples a second of the one channel.</summary>
    public int SamplingRate { get; init; } = 16_000;

    /// <summary>Frames a second.</summary>
    public int FrameRate { get; init; } = 50;

    /// <summary>Sub-frames a frame, of which features are computed.</summary>
    public int SubFrames { get; init; } = 2;

    /// <summary>Samples under the window of a sub-frame.</summary>
    public int AnalysisWindow { get; init; } = 640;

    /// <summary>Mel bins of a sub-frame; 0: none.</summary>
    public int MelBins { get; init; } = 80;

    /// <summary>Bins of the complex spectrum of a sub-frame; 0: none.</summary>
    public int SpectrumBins { get; init; }

    /// <summary>Samples of the inverse transform of a frame.</summary>
    public int SynthesisWindow { get; init; } = 480;

    /// <summary>Width of the encoder.</summary>
    public int EncoderWidth { get; init; } = 256;

    /// <summary>Width within the encoder's blocks.</summary>
    public int EncoderInner { get; init; } = 512;

    /// <summary>Blocks of the encoder.</summary>
    public int EncoderBlocks { get; init; } = 3;

    /// <summary>Width of the decoder.</summary>
    public int DecoderWidth { get; init; } = 256;

    /// <summary>Width within the decoder's blocks.</summary>
    public int DecoderInner { get; init; } = 512;

    /// <summary>Blocks of the decoder.</summary>
    public int DecoderBlocks { get; init; } = 5;

    /// <summary>Taps of a block's depthwise convolution.</summary>
    public int Kernel { get; init; } = 7;

    /// <summary>Taps of the decoder's first convolution.</summary>
    public int DecoderKernel { get; init; } = 3;

    /// <summary>Frames that the encoder's first block sees ahead.</summary>
    public int EncoderLookAhead { get; init; } = 1;

    /// <summary>Frames that the decoder's first block sees ahead.</summary>
    public int DecoderLookAhead { get; init; } = 1;

    /// <summary>Width of the rows that are quantised.</summary>
    public int Dimension { get; init; } = 64;

    /// <summary>Books of the residual quantiser.</summary>
    public int Books { get; init; } = 6;

    /// <summary>Entries of a book.</summary>
    public int Entries { get; init; } = 1024;

    /// <summary>Samples of a frame.</summary>
    public int Hop => SamplingRate / FrameRate;

    /// <summary>Bits a second with all books, before entropy coding.</summary>
    public double BitsPerSecond => FrameRate * Books * Math.Log2(Entries);

    /// <summary>What the encoder reads of sound.</summary>
    public AnalysisSpec Analysis => new(SamplingRate, AnalysisWindow, Hop / SubFrames, SubFrames, MelBins, SpectrumBins);

    /// <summary>How spectra become sound.</summary>
    public SynthesisSpec Synthesis => new(SynthesisWindow, Hop);

    /// <summary>Samples by which a decoder that follows its encoder comes after the sound: a frame, what it reads ahead, and what frames overlap.</summary>
    public int Delay
    {
        get
        {
            var ahead = (EncoderBlocks > 0 ? EncoderLookAhead : 0) + (DecoderBlocks > 0 ? DecoderLookAhead : 0);
            return Hop + (AnalysisWindow - Hop / SubFrames) / 2 + Hop * ahead + (SynthesisWindow - Hop) / 2;
        }
    }
}
