namespace Qwen2Audio.Model.Codec;

/// <summary>
/// Sizes of a convolutional codec, with the SEANet architecture of SoundStream, EnCodec (2210.13438) and DAC (2306.06546).
/// </summary>
public sealed record CodecConfig : ICodecConfig
{
    public required int SamplingRate { get; init; }

    public int AudioChannels { get; init; } = 1;

    /// <summary>Width after the first convolution; doubled by every stage.</summary>
    public required int Channels { get; init; }

    /// <summary>Initial width of the decoder, halved by every stage. Null: the final width of the encoder's stages.</summary>
    public int? DecoderChannels { get; init; }

    /// <summary>Kernel size of the first convolution of encoder and decoder.</summary>
    public required int Kernel { get; init; }

    /// <summary>Kernel size of the encoder's last convolution.</summary>
    public required int LastKernel { get; init; }

    /// <summary>Kernel size of the decoder's last convolution; null: as in the encoder.</summary>
    public int? DecoderLastKernel { get; init; }

    /// <summary>Strides of the encoder's stages; the decoder has them in reverse order.</summary>
    public required IReadOnlyList<int> Strides { get; init; }

    /// <summary>Residual units per stage.</summary>
    public required int ResidualUnits { get; init; }

    /// <summary>Kernel size of a residual unit's first convolution.</summary>
    public required int ResidualKernel { get; init; }

    /// <summary>Unit j of a stage has dilation DilationBaseʲ.</summary>
    public required int DilationBase { get; init; }

    /// <summary>Factor by which a residual unit's inner width is reduced.</summary>
    public required int Compress { get; init; }

    public required int Dimension { get; init; }

    /// <summary>How frames are quantised.</summary>
    public QuantiserKind Quantiser { get; init; } = QuantiserKind.Euclidean;

    /// <summary>Width of the entries, if it differs from that of the frames.</summary>
    public int? EntryDimension { get; init; }

    /// <summary>Stages of the semantic quantiser, which come first; 0 if there is only one quantiser.</summary>
    public int SemanticStages { get; init; }

    public required int Stages { get; init; }

    public required int Entries { get; init; }

    /// <summary>The function between convolutions.</summary>
    public CodecActivation Activation { get; init; } = CodecActivation.Elu;

    /// <summary>Where convolutions are padded.</summary>
    public CodecPadding Padding { get; init; } = CodecPadding.Causal;

    /// <summary>What the padding holds.</summary>
    public PadMode PadMode { get; init; } = PadMode.Zeros;

    /// <summary>Fraction of a causal transposed convolution's excess rows that is trimmed on the right.</summary>
    public double TrimRightRatio { get; init; } = 1;

    /// <summary>Whether kernels are weight-normalised.</summary>
    public bool WeightNorm { get; init; }

    /// <summary>LSTM layers between the stages and the quantiser, on both sides.</summary>
    public int LstmLayers { get; init; }

    /// <summary>Whether the shortcut of a residual unit is a convolution with one tap.</summary>
    public bool ConvShortcut { get; init; }

    /// <summary>Whether the decoder ends with tanh.</summary>
    public bool FinalTanh { get; init; }

    public bool SequenceNorm { get; init; }

    /// <summary>Transformers between convolutions and quantiser; null: none.</summary>
    public CodecTransformerConfig? Transformer { get; init; }

    /// <summary>Kernel size of the convolutions that halve the frame rate before the quantiser and double it after; 0: none.</summary>
    public int FrameKernel { get; init; }

    /// <summary>Groups of the convolution that doubles it.</summary>
    public int FrameGroups { get; init; } = 1;

    public CodecChunks? Chunks { get; init; }

    public bool Normalise { get; init; }

    public IReadOnlyList<(double Kilobits, int Stages)> Bandwidths { get; init; } = [];

    public int Hop => Strides.Aggregate(1, (product, stride) => checked(product * stride));

    public int SamplesPerFrame => checked(Hop * (FrameKernel > 0 ? 2 : 1));
}
