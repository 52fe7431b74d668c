using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Training.Ops;

/// <summary>From audio to frame features, and from spectra to audio.</summary>
internal sealed partial class TrainingOps
{
    private readonly Dictionary<AnalysisSpec, SpectralFeatures> _analyses = [];
    private readonly Dictionary<SynthesisSpec, InverseSpectrum> _syntheses = [];
    private readonly Stft _melStft = new(400, AudioLengths.Hop);

    public Variable Analyse(Variable sound, in AnalysisSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        RequireWhole(rows, state);
        var (frames, outputs) = (spec.Frames, rows.Convolved(spec.Frames));
        if (!_analyses.TryGetValue(spec, out var features))
        {
            var filters = spec.MelBins == 0 ? [] : MelFilters.Weights(spec.SamplingRate, spec.Window, spec.MelBins);
            _analyses.Add(spec, features = new SpectralFeatures(spec.Window, spec.SubHop, spec.SubFrames, filters, spec.SpectrumBins));
        }

        var gathered = _arena.Allocate(outputs.Rows, frames.Kernel);
        Im2Row.Gather(Pool, sound.Value, rows.Starts, frames.Kernel, frames.Stride, frames.PadLeft, gathered, outputs.Starts);
        var y = New(outputs.Rows, spec.Columns, sound.NeedsGradient);
        features.Forward(Pool, gathered, y.Value);
        Record(y, () =>
        {
            var slopes = _arena.AllocateZeroed(gathered.Rows, gathered.Columns);
            features.Backward(Pool, gathered, y.Gradient, slopes);
            Im2Row.ScatterAdd(Pool, slopes, outputs.Starts, frames.Kernel, frames.Stride, frames.PadLeft, GradientOf(sound), rows.Starts);
        });
        return y;
    }

    public Variable Synthesise(Variable spectra, in SynthesisSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        RequireWhole(rows, state);
        var (points, overlap) = (spec.Points, spec.Overlap);
        if (!_syntheses.TryGetValue(spec, out var inverse)) _syntheses.Add(spec, inverse = new InverseSpectrum(points, spec.Hop));
        var output = rows.Convolved(overlap);
        var spectrum = spectra.NeedsGradient ? _arena.Allocate(spectra.Value.Rows, spec.Columns) : default;
        var frames = _arena.Allocate(spectra.Value.Rows, points);
        inverse.Forward(Pool, spectra.Value, spectrum, frames);
        var y = New(output.Rows, 1, spectra.NeedsGradient);
        y.Value.Clear();
        Im2Row.ScatterAdd(Pool, frames, rows.Starts, points, overlap.Stride, overlap.TrimLeft, y.Value, output.Starts);
        Record(y, () =>
        {
            Im2Row.Gather(Pool, y.Gradient, output.Starts, points, overlap.Stride, overlap.TrimLeft, frames, rows.Starts);
            inverse.Backward(Pool, spectra.Value, spectrum, frames, GradientOf(spectra));
        });
        return y;
    }

    /// <summary>
    /// The input of a small recogniser from waveforms at 16 kHz: as <see cref="ClipLogMel"/>, but with the level and floor of other clips, so that
    /// differences in level remain; then (x − mean) / deviation for each bin.
    /// </summary>
    /// <param name="waves">[waves, samples].</param>
    /// <param name="like">A clip for each wave.</param>
    /// <param name="mean">Of each bin.</param>
    /// <param name="deviation">Of each bin.</param>
    /// <returns>[waves · ⌈samples / 160⌉, bins].</returns>
    public Variable RecogniserMel(Variable waves, IReadOnlyList<ClipLogMel> like, float[] mean, float[] deviation)
    {
        var (bins, all, frames) = (mean.Length, _melStft.Frames(waves.Value.Columns), (waves.Value.Columns + AudioLengths.Hop - 1) / AudioLengths.Hop);
        var spectrum = _arena.Allocate(waves.Value.Rows * all, 2 * _melStft.Bins);
        var magnitude = _arena.Allocate(spectrum.Rows, _melStft.Bins);
        _melStft.Magnitude(Pool, waves.Value, spectrum, magnitude);
        var filters = _arena.Allocate(bins, _melStft.Bins);
        MelFilters.Weights(LogMel.SampleRate, _melStft.Points, bins).CopyTo(filters.Span);
        var power = _arena.Allocate(spectrum.Rows, _melStft.Bins);
        Vectors.Multiply(Pool, magnitude, magnitude, power);
        var mel = _arena.Allocate(spectrum.Rows, bins);
        Gemm.Multiply(Pool, power, false, filters, true, mel);
        var y = New(waves.Value.Rows * frames, bins, waves.NeedsGradient);
        for (var row = 0; row < y.Value.Rows; row++)
        {
            var clip = like[row / frames];
            Span<float> found = Of(row), made = y.Value.Row(row);
            for (var b = 0; b < bins; b++) made[b] = (float)((Math.Max(Math.Log10(found[b]) - clip.Level, clip.Floor) - mean[b]) / deviation[b]);
        }

        Record(y, () =>
        {
            var slopes = _arena.AllocateZeroed(mel.Rows, bins);
            for (var row = 0; row < y.Value.Rows; row++)
            {
                var clip = like[row / frames];
                Span<float> found = Of(row), given = y.Gradient.Row(row), into = slopes.Row(row / frames * all + row % frames);
                for (var b = 0; b < bins; b++)
                    if (Math.Log10(found[b]) - clip.Level > clip.Floor) into[b] = (float)(given[b] / (deviation[b] * Math.Log(10) * found[b]));
            }

            Gemm.Multiply(Pool, slopes, false, filters, false, power);
            Vectors.Multiply(Pool, magnitude, power, power);
            Vectors.Add(Pool, power, power); // of the magnitude: 2 · magnitude · that of the power
            _melStft.MagnitudeBackward(Pool, spectrum, power, GradientOf(waves));
        });
        return y;

        Span<float> Of(int row) => mel.Row(row / frames * all + row % frames);
    }
}
