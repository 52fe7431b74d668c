namespace Qwen2Audio.Tasks.Domain;

/// <summary>Where the recordings of a label set lie, and how far from there audio may be.</summary>
/// <param name="Gaussian">Of the training clips.</param>
/// <param name="Farthest">Largest usual distance from it.</param>
/// <param name="Made">Of sets of sounds: tells made sounds; null for spoken words, from which these are far away in any case.</param>
/// <param name="MostMade">Largest usual log odds of a made sound.</param>
internal sealed record LabelSetDomain(FeatureGaussian Gaussian, double Farthest, MadeSoundScore? Made = null, double MostMade = 0);
