using System.Text.Json;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Codec;

/// <summary>The losses of a codec that need no discriminators.</summary>
internal sealed class CodecLosses
{
    private readonly SpectralLoss? _spectra;
    private readonly MelLoss? _dac;

    /// <summary>Creates losses with these weights.</summary>
    /// <param name="weights">The weights, and the windows of the spectral losses.</param>
    /// <param name="samplingRate">Sampling rate in Hz.</param>
    public CodecLosses(CodecLossRecipe weights, int samplingRate)
    {
        Weights = weights;
        var filters = weights.MelWindows.Zip(weights.MelBins).ToDictionary(scale => scale.First, scale => MelLossScale.Slaney(samplingRate, scale.First, scale.Second));
        if (weights.DacMel > 0) _dac = new MelLoss([.. weights.MelWindows.Select(window => filters[window])]);
        IEnumerable<int> mels = weights.Mel > 0 ? weights.MelWindows : [], linear = weights.LogMagnitude + weights.Convergence > 0 ? weights.StftWindows : [];
        List<SpectralScale> scales = [.. mels.Union(linear).Order().Select(window =>
            new SpectralScale(window, mels.Contains(window) ? filters[window] : null, linear.Contains(window)))];
        if (scales.Count > 0) _spectra = new SpectralLoss(scales);
    }

    /// <summary>The weights.</summary>
    public CodecLossRecipe Weights { get; }

    /// <summary>A hash of the weights and windows that decide the weighted sum of <see cref="Add"/>.</summary>
    public string Identity => ContentHash.OfLines([JsonSerializer.Serialize(Weights with { Commitment = 0, Codebook = 0, Content = 0, Perceptual = 0, PerceptualBlocks = null, Posteriors = 0, Adversarial = 0, FeatureMatching = 0, AdversarialForm = default, RelativeFeatures = false })]);

    /// <summary>Each loss with its weight; adds <paramref name="share"/> times their gradients to the audio.</summary>
    /// <param name="reconstruction">[batch, samples].</param>
    /// <param name="target">[batch, samples]: a constant.</param>
    /// <param name="share">This rank's fraction of the step's crops.</param>
    public List<LossPart> Add(TrainingOps ops, Variable reconstruction, Variable target, double share)
    {
        var parts = new List<LossPart>();
        if (Weights.Waveform > 0) Note("waveform", AbsoluteLoss.Add(ops, reconstruction, target, Scaled(Weights.Waveform)), Weights.Waveform);
        if (_dac is not null) Note("dac_mel", _dac.Add(ops, reconstruction, target, Scaled(Weights.DacMel)), Weights.DacMel);
        if (_spectra is null) return parts;
        var found = _spectra.Add(ops, reconstruction, target, Scaled(Weights.Mel), Scaled(Weights.LogMagnitude), Scaled(Weights.Convergence));
        if (Weights.Mel > 0) Note("mel", found.Mel, Weights.Mel);
        if (Weights.LogMagnitude > 0) Note("log_magnitude", found.LogMagnitude, Weights.LogMagnitude);
        if (Weights.Convergence > 0) Note("convergence", found.Convergence, Weights.Convergence);
        return parts;

        float Scaled(double weight) => (float)(share * weight);

        void Note(string name, double value, double weight) => parts.Add(new LossPart(name, share * value, weight));
    }
}
