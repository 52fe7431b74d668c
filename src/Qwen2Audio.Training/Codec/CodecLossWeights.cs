using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Codec;

/// <summary>Factors of a codec's losses in their sum.</summary>
/// <param name="Waveform">Of the mean difference of the samples.</param>
/// <param name="Mel">Of the multi-scale mel loss.</param>
/// <param name="Commitment">Of the frames' distance from their entries.</param>
/// <param name="Codebook">Of the entries' distance from their frames.</param>
/// <param name="Adversarial">Of what the discriminators say.</param>
/// <param name="FeatureMatching">Of the discriminators' features.</param>
/// <param name="Form">Which adversarial losses.</param>
/// <param name="RelativeFeatures">Whether the difference of features is divided by their size.</param>
internal sealed record CodecLossWeights(
    double Waveform, double Mel, double Commitment, double Codebook, double Adversarial, double FeatureMatching,
    AdversarialForm Form = AdversarialForm.Hinge, bool RelativeFeatures = false);
