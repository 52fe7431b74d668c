namespace Qwen2Audio.Tasks.Domain;

/// <summary>The domain of a label set: the distribution of its recordings and the thresholds beyond which audio is out of domain.</summary>
/// <param name="Gaussian">Fitted to the training clips.</param>
/// <param name="MaxDistance">Threshold for the distance from it.</param>
/// <param name="Synthetic">For sets of sounds: detects synthetic sounds; null for spoken words, whose Gaussian excludes them anyway.</param>
/// <param name="MaxSyntheticOdds">Threshold for the log odds of a synthetic sound.</param>
internal sealed record LabelSetDomain(FeatureGaussian Gaussian, double MaxDistance, SyntheticSoundScore? Synthetic = null, double MaxSyntheticOdds = 0);
