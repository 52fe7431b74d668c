using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Codec;

/// <summary>Losses of a codec's training step, before its update. Matrices are valid until the next step.</summary>
internal sealed record CodecStepReport
{
    /// <summary>The weighted sum that the codec follows.</summary>
    public double Loss { get; init; }

    /// <summary>Mean difference of the samples.</summary>
    public required double Waveform { get; init; }

    /// <summary>The multi-scale mel loss.</summary>
    public required double Mel { get; init; }

    /// <summary>Distance of the frames from their entries.</summary>
    public required double Commitment { get; init; }

    /// <summary>Distance of the entries from their frames.</summary>
    public required double Codebook { get; init; }

    /// <summary>What the updated discriminators say to the codec; null: a step without them.</summary>
    public double? Adversarial { get; init; }

    /// <summary>Difference of the updated discriminators' features.</summary>
    public double? FeatureMatching { get; init; }

    /// <summary>The discriminators' own loss, before their update.</summary>
    public double? Discriminator { get; init; }

    /// <summary>2-norm of the discriminators' gradients.</summary>
    public double? DiscriminatorGradientNorm { get; init; }

    /// <summary>2-norm of the codec's gradients.</summary>
    public double GradientNorm { get; init; }

    /// <summary>[frames, stages]: the entries chosen, frames ordered by waveform, then by time.</summary>
    public required int[] Codes { get; init; }

    /// <summary>[frames, dimension]: what was quantised.</summary>
    public required Matrix Latent { get; init; }

    /// <summary>[samples, 1]: what the decoder made of it.</summary>
    public required Matrix Reconstruction { get; init; }
}
