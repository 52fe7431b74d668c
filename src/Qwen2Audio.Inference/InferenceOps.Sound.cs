using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Spectra;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Inference;

/// <summary>From audio to frame features, and from spectra to audio.</summary>
public sealed partial class InferenceOps
{
    private readonly Dictionary<AnalysisSpec, SpectralFeatures> _analyses = [];
    private readonly Dictionary<SynthesisSpec, InverseSpectrum> _syntheses = [];

    public Matrix Analyse(Matrix sound, in AnalysisSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        var frames = spec.Frames;
        var held = Pieces(state, sound, rows)?.Rows(stateIndex, frames.StateRows, 1);
        var outputs = rows.Convolved(frames);
        var y = Arena.Allocate(outputs.Rows, spec.Columns);
        var mark = Arena.Position;
        if (held is not null)
        {
            sound = PaddedPieces(sound, frames, rows, outputs, held, out rows);
            frames = frames.Inside;
        }

        if (!_analyses.TryGetValue(spec, out var features))
        {
            var filters = spec.MelBins == 0 ? [] : MelFilters.Weights(spec.SamplingRate, spec.Window, spec.MelBins);
            _analyses.Add(spec, features = new SpectralFeatures(spec.Window, spec.SubHop, spec.SubFrames, filters, spec.SpectrumBins));
        }

        var atOnce = Math.Min(y.Rows, Math.Max(1, GatheredAtOnce / frames.Kernel));
        var gathered = Arena.Allocate(atOnce, frames.Kernel);
        for (var row = 0; row < y.Rows; row += atOnce)
        {
            var count = Math.Min(atOnce, y.Rows - row);
            Im2Row.Gather(_pool, sound, rows.Starts, frames.Kernel, frames.Stride, frames.PadLeft, gathered.RowRange(0, count), outputs.Starts, firstRow: row);
            features.Forward(_pool, gathered.RowRange(0, count), y.RowRange(row, count));
        }

        Arena.Release(mark);
        return y;
    }

    public Matrix Synthesise(Matrix spectra, in SynthesisSpec spec, Layout rows, IState? state = null, int stateIndex = 0)
    {
        var overlap = spec.Overlap;
        var outputs = rows.Convolved(overlap);
        var held = Pieces(state, spectra, rows)?.Rows(stateIndex, overlap.Unfinished, 1);
        var y = Arena.Allocate(outputs.Rows, 1);
        var mark = Arena.Position;
        var frames = Arena.Allocate(spectra.Rows, spec.Points);
        if (!_syntheses.TryGetValue(spec, out var inverse)) _syntheses.Add(spec, inverse = new InverseSpectrum(spec.Points, spec.Hop));
        inverse.Forward(_pool, spectra, default, frames);
        int[]? places = null;
        var sums = held is null ? y : UnfinishedPieces(null, overlap, rows, held, out places);
        if (held is null) y.Clear();
        Im2Row.ScatterAdd(_pool, frames, rows.Starts, spec.Points, spec.Hop, places is null ? overlap.TrimLeft : 0, sums, places ?? outputs.Starts);
        if (held is not null) FinishPieces(sums, overlap, rows, outputs, held, y);
        Arena.Release(mark);
        return y;
    }
}
