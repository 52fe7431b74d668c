namespace Qwen2Audio.Model.Codec;

/// <summary>Sizes of the period discriminators that a codec is trained against (HiFi-GAN, 2010.05646).</summary>
public sealed record DiscriminatorConfig
{
    /// <summary>The period of each: how many interleaved sequences it reads a waveform as.</summary>
    public required IReadOnlyList<int> Periods { get; init; }

    /// <summary>Width of the first layer; it doubles with every layer.</summary>
    public required int Channels { get; init; }

    /// <summary>Layers that give features.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Taps of these layers.</summary>
    public int Kernel { get; init; } = 5;

    /// <summary>Their stride.</summary>
    public int Stride { get; init; } = 3;

    /// <summary>Taps of the layer that gives the scores.</summary>
    public int LastKernel { get; init; } = 3;

    /// <summary>Slope of leaky ReLU below 0.</summary>
    public float Slope { get; init; } = 0.1f;
}
