using Qwen2Audio.Numerics.Spectra;

namespace Qwen2Audio.Training.Ops;

/// <summary>From audio to spectra for discriminators.</summary>
internal sealed partial class TrainingOps
{
    private const float AddedPower = 1e-7f;
    private const float LogScale = 0.25f;

    /// <summary>
    /// Groups of successive frames of a short-time Fourier transform: 1 + ln √(re² + im² + 1e-7) / 4, about −1 to 1.5 for speech at the training level, and a last
    /// column with the frequency, from −1 to 1.
    /// </summary>
    /// <param name="waves">[waves, samples], at least <paramref name="frames"/> frames.</param>
    /// <param name="stft">The transform.</param>
    /// <param name="frames">Frames of a group.</param>
    /// <param name="step">Frames from one group to the next.</param>
    /// <returns>[waves · groups · bins, frames + 1].</returns>
    public Variable LogSpectra(Variable waves, Stft stft, int frames, int step)
    {
        var (batch, all, bins) = (waves.Value.Rows, stft.Frames(waves.Value.Columns), stft.Bins);
        var groups = (all - frames) / step + 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frames, all);
        var spectrum = _arena.Allocate(batch * all, 2 * bins);
        var magnitude = _arena.Allocate(batch * all, bins);
        stft.Magnitude(Pool, waves.Value, spectrum, magnitude, AddedPower);
        var y = New(batch * groups * bins, frames + 1, waves.NeedsGradient);
        var logs = _arena.Allocate(batch * all, bins);
        Pool.For(logs.Rows, (row, _) =>
        {
            Span<float> from = magnitude.Row(row), to = logs.Row(row);
            for (var bin = 0; bin < bins; bin++) to[bin] = 1 + LogScale * MathF.Log(from[bin]);
        });
        Pool.For(batch * groups, (group, _) =>
        {
            var first = group / groups * all + group % groups * step;
            for (var bin = 0; bin < bins; bin++)
            {
                var row = y.Value.Row(group * bins + bin);
                for (var frame = 0; frame < frames; frame++) row[frame] = logs.Row(first + frame)[bin];
                row[frames] = 2f * bin / (bins - 1) - 1;
            }
        });
        Record(y, () =>
        {
            var slopes = _arena.AllocateZeroed(magnitude.Rows, bins);
            Pool.For(batch, (wave, _) => // groups of a wave share frames
            {
                for (var group = wave * groups; group < (wave + 1) * groups; group++)
                    for (var frame = 0; frame < frames; frame++)
                    {
                        var row = wave * all + group % groups * step + frame;
                        Span<float> found = magnitude.Row(row), into = slopes.Row(row);
                        for (var bin = 0; bin < bins; bin++) into[bin] += LogScale * y.Gradient.Row(group * bins + bin)[frame] / found[bin];
                    }
            });
            stft.MagnitudeBackward(Pool, spectrum, slopes, GradientOf(waves), AddedPower);
        });
        return y;
    }
}
