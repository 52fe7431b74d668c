using Qwen2Audio.Model.Codec;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>All discriminators of a codec in training: those of waveforms, then those of spectra.</summary>
internal sealed class CodecDiscriminators
{
    private readonly IReadOnlyList<PeriodDiscriminator> _waveforms;
    private readonly IReadOnlyList<SpectralDiscriminator> _spectra;

    /// <summary>Requests the weights, <c>0</c>, <c>1</c>, … under <paramref name="weights"/>.</summary>
    public CodecDiscriminators(DiscriminatorConfig config, IWeights weights)
    {
        _waveforms = PeriodDiscriminator.All(config, weights);
        _spectra = [.. config.Windows.Select((window, i) => new SpectralDiscriminator(config, window, weights.Sub($"{_waveforms.Count + i}")))];
    }

    /// <summary>Waveforms [samples, 1] of the same length → scores and features of each discriminator.</summary>
    public DiscriminatorOutput<Variable>[] Forward(TrainingOps ops, Variable sounds, Layout rows)
    {
        var waves = _spectra.Count == 0 ? sounds : ops.Reshape(sounds, rows.Sequences, rows.Length(0));
        return [.. _waveforms.Select(discriminator => discriminator.Forward(ops, sounds, rows)), .. _spectra.Select(discriminator => discriminator.Forward(ops, waves))];
    }
}
