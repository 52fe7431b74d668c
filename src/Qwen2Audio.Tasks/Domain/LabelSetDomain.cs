namespace Qwen2Audio.Tasks.Domain;

/// <summary>The domain of a label set: the distribution of its recordings and the thresholds beyond which audio is out of domain.</summary>
/// <param name="Gaussian">Fitted to the training clips.</param>
/// <param name="Farthest">Threshold for the distance from it.</param>
/// <param name="Made">For sets of sounds: detects synthetic sounds; null for spoken words, whose Gaussian excludes them anyway.</param>
/// <param name="MostMade">Threshold for the log odds of a synthetic sound.</param>
internal sealed record LabelSetDomain(FeatureGaussian Gaussian, double Farthest, MadeSoundScore? Made = null, double MostMade = 0);
