namespace Qwen2Audio.Model.Codec;

/// <summary>Sizes of the discriminators that a codec is trained against: of waveforms by periods (HiFi-GAN, 2010.05646), and of spectra.</summary>
public sealed record DiscriminatorConfig
{
    /// <summary>The period of each discriminator: the number of interleaved sequences into which it divides a waveform.</summary>
    public required IReadOnlyList<int> Periods { get; init; }

    /// <summary>Samples of a frame of each discriminator of spectra.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>Width of the first layer; doubled by every layer.</summary>
    public required int Channels { get; init; }

    /// <summary>Number of feature layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Their kernel size.</summary>
    public int Kernel { get; init; } = 5;

    /// <summary>Their stride.</summary>
    public int Stride { get; init; } = 3;

    /// <summary>Kernel size of the score layer.</summary>
    public int LastKernel { get; init; } = 3;

    /// <summary>Negative slope of the leaky ReLU.</summary>
    public float Slope { get; init; } = 0.1f;
}
