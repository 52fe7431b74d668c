using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Training.Ops;

/// <summary>From audio to frame features, and from spectra to audio.</summary>
internal sealed partial class TrainingOps
{
    private readonly Dictionary<AnalysisSpec, SpectralFeatures> _analyses = [];
    private readonly Dictionary<SynthesisSpec, InverseSpectrum> _syntheses = [];

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
}
