using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Codec;

/// <summary>
/// Sizes of a convolutional codec: the form that SEANet gave to SoundStream, EnCodec (2210.13438) and DAC (2306.06546).
/// </summary>
public sealed record CodecConfig
{
    /// <summary>Samples a second.</summary>
    public required int SamplingRate { get; init; }

    /// <summary>Channels of the sound.</summary>
    public int AudioChannels { get; init; } = 1;

    /// <summary>Width after the first convolution; it doubles with every stride.</summary>
    public required int Channels { get; init; }

    /// <summary>Width with which the decoder begins; it is halved with every stride. Null: that with which the encoder's stages end.</summary>
    public int? DecoderChannels { get; init; }

    /// <summary>Taps of the first convolution of encoder and decoder.</summary>
    public required int Kernel { get; init; }

    /// <summary>Taps of the encoder's last convolution.</summary>
    public required int LastKernel { get; init; }

    /// <summary>Taps of the decoder's last convolution; null: as many.</summary>
    public int? DecoderLastKernel { get; init; }

    /// <summary>Strides of the encoder's stages; the decoder has them in reverse order.</summary>
    public required IReadOnlyList<int> Strides { get; init; }

    /// <summary>Residual units of a stage.</summary>
    public required int ResidualUnits { get; init; }

    /// <summary>Taps of a residual unit's first convolution.</summary>
    public required int ResidualKernel { get; init; }

    /// <summary>Unit j of a stage has dilation DilationBaseʲ.</summary>
    public required int DilationBase { get; init; }

    /// <summary>A residual unit is narrower inside by this factor.</summary>
    public required int Compress { get; init; }

    /// <summary>Width of the rows that are quantised.</summary>
    public required int Dimension { get; init; }

    /// <summary>Stages of the quantiser.</summary>
    public required int Stages { get; init; }

    /// <summary>Entries of each codebook.</summary>
    public required int Entries { get; init; }

    /// <summary>The function between convolutions.</summary>
    public CodecActivation Activation { get; init; } = CodecActivation.Elu;

    /// <summary>Where convolutions are padded.</summary>
    public CodecPadding Padding { get; init; } = CodecPadding.Causal;

    /// <summary>What the padding holds.</summary>
    public PadMode PadMode { get; init; } = PadMode.Zeros;

    /// <summary>Share of a causal transposed convolution's surplus that is cut on the right.</summary>
    public double TrimRightRatio { get; init; } = 1;

    /// <summary>Whether kernels are stored as length and direction.</summary>
    public bool WeightNorm { get; init; }

    /// <summary>LSTM layers between the stages and the quantiser, on both sides.</summary>
    public int LstmLayers { get; init; }

    /// <summary>Whether the connection around a residual unit is a convolution with one tap.</summary>
    public bool ConvShortcut { get; init; }

    /// <summary>Whether the decoder ends in a hyperbolic tangent.</summary>
    public bool FinalTanh { get; init; }

    /// <summary>Samples of a frame.</summary>
    public int Hop => Strides.Aggregate(1, (product, stride) => checked(product * stride));
}
