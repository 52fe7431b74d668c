using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>
/// Judges spectra as EnCodec's discriminators (2210.13438) do, by their magnitudes alone: convolutions over frequency whose inputs are the logarithms of a few successive
/// frames, and the frequency. So it sees what the period discriminators hardly do, such as lines at multiples of the frame rate.
/// </summary>
internal sealed class SpectralDiscriminator
{
    /// <summary>Successive frames that are judged together.</summary>
    public const int Frames = 5;

    private const int Step = 2; // frames from one group to the next
    private readonly Stft _stft;
    private readonly DiscriminatorLayers _layers;

    /// <summary>Requests the weights of <see cref="DiscriminatorLayers"/>.</summary>
    /// <param name="config">Sizes of the layers.</param>
    /// <param name="window">Samples of a frame; the hop is a quarter of it.</param>
    /// <param name="weights">Their source.</param>
    public SpectralDiscriminator(DiscriminatorConfig config, int window, IWeights weights) =>
        (_stft, _layers) = (new Stft(window, window / 4), new DiscriminatorLayers(config, Frames + 1, weights));

    /// <summary>Waveforms [waves, samples] → scores and features, ordered by waveform, group of frames, frequency.</summary>
    public DiscriminatorOutput<Variable> Forward(TrainingOps ops, Variable waves)
    {
        var spectra = ops.LogSpectra(waves, _stft, Frames, Step);
        var lengths = new int[spectra.Value.Rows / _stft.Bins];
        lengths.AsSpan().Fill(_stft.Bins);
        return _layers.Forward(ops, spectra, Layout.Of(lengths));
    }
}
