using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model.Codec;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Codec;

/// <summary>A codec, what it is trained against, and by which losses.</summary>
/// <param name="Codec">Sizes of the codec.</param>
/// <param name="Discriminator">Sizes of the discriminators; null: none.</param>
/// <param name="Weights">Factors of the losses.</param>
/// <param name="MelScales">Window in samples and number of bins of each scale of the mel loss.</param>
internal sealed record CodecTrainingConfig(
    CodecConfig Codec, DiscriminatorConfig? Discriminator, CodecLossWeights Weights, IReadOnlyList<(int Window, int Bins)> MelScales)
{
    private const int MaxBins = 512;

    /// <summary>
    /// Reads a codec's config.json with its objects <c>mel</c> (<c>windows</c>, <c>n_mels</c>), <c>loss_weights</c> and, if it is trained
    /// against discriminators, <c>discriminator</c>.
    /// </summary>
    /// <exception cref="ConfigException">Fields are missing, of the wrong type or range, or do not fit each other.</exception>
    public static CodecTrainingConfig Read(ConfigObject json)
    {
        var codec = CodecConfigReader.Read(json);
        if (codec.AudioChannels != 1) json.Refuse("audio_channels", $"{codec.AudioChannels}", "1 while training");
        if (codec.Padding == CodecPadding.Even) json.Refuse("padding", "even", "causal or centred while training: as many samples out as in");
        var mel = json.Object("mel");
        var windows = mel.IntListOr("windows", [], min: 8, max: 1 << 16);
        var bins = mel.IntListOr("n_mels", [], min: 1, max: MaxBins);
        if (windows.Count == 0 || windows.Count != bins.Count)
            mel.Refuse("n_mels", $"{bins.Count} numbers", $"one for each of the windows, of which there are {windows.Count}; at least 1");
        var weights = json.Object("loss_weights");
        double Weight(string name, double otherwise = 0) => weights.NumberOr(name, otherwise, min: 0);
        var form = weights.StringOr("adversarial_form", "hinge", "hinge", "clipped_hinge", "least_squares") switch
        {
            "clipped_hinge" => AdversarialForm.ClippedHinge,
            "least_squares" => AdversarialForm.LeastSquares,
            _ => AdversarialForm.Hinge,
        };
        var losses = new CodecLossWeights(
            Weight("waveform"), Weight("mel"), Weight("commitment"), Weight("codebook"), Weight("adversarial"), Weight("feature_matching"),
            form, weights.BoolOr("relative_features", false));
        var discriminator = json.ObjectOrNull("discriminator") is { } found ? CodecConfigReader.ReadDiscriminator(found) : null;
        json.ThrowIfBad();
        return new CodecTrainingConfig(codec, discriminator, losses, [.. windows.Zip(bins)]);
    }
}
