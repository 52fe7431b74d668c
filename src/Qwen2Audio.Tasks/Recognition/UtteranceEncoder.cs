using System.Runtime.InteropServices;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Tasks.Clips;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Recognition;

/// <summary>
/// Runs a small model's encoder chunk by chunk. The rows do not depend on how the samples are divided: they have the same bits as those of the whole
/// utterance encoded at once in these chunks.
/// </summary>
internal sealed class UtteranceEncoder(Qwen2AudioModel model, InferenceOps ops, NormalisedLogMel features, EncoderChunks chunks) : IUtteranceEncoder
{
    private readonly StreamingLogMel _mel = new(features.Settings.MelMean.Length);
    private readonly RunningLevel _level = new(decades: features.Settings.Decades);
    private readonly SequenceState _state = new(1);
    private readonly List<float> _pending = []; // frames of an incomplete chunk
    private readonly List<float> _logs = [];
    private readonly List<float> _phones = [];
    private readonly List<float> _audio = [];
    private int _encoded; // frames

    public int Rows => _logs.Count / Classes;

    public int ChunkRows => chunks.Rows;

    public int NextAt => (Rows + ChunkRows) * RowSamples + StreamingLogMel.Delay;

    public int Classes => model.Config.AudioConfig.CtcVocabSize;

    public int RowSamples => features.Settings.HopLength * model.Encoder.Stride;

    public void Add(ReadOnlySpan<float> samples, bool ends)
    {
        _pending.AddRange(_mel.Add(samples, ends));
        var (bins, chunk) = (features.Settings.MelMean.Length, chunks.Rows * model.Encoder.Stride);
        var frames = ends ? _pending.Count / bins : _pending.Count / bins / chunk * chunk;
        if (frames == 0) return;
        var values = CollectionsMarshal.AsSpan(_pending)[..(frames * bins)];
        for (var first = 0; first < frames; first += chunk) _level.Apply(values.Slice(first * bins, Math.Min(chunk, frames - first) * bins));
        features.Normalise(values);
        ops.Reset();
        var encoded = model.Encoder.Forward(ops, ops.Input(values, frames, bins), Layout.Pieces([frames], [_encoded], [ends]), chunks: chunks, state: _state);
        _audio.AddRange(model.Project(ops, encoded.Pooled).Span);
        var rows = CtcPosteriors.FromLogits(encoded.Ctc.Span, encoded.Ctc.Rows, encoded.Ctc.Columns);
        for (var row = 0; row < rows.Rows; row++) _logs.AddRange(rows.Row(row));
        if (SpeechNetwork.Phones(encoded) is { } phones)
            for (var row = 0; row < phones.Rows; row++) _phones.AddRange(phones.Row(row));
        _encoded += frames;
        _pending.RemoveRange(0, frames * bins);
    }

    public ReadOnlySpan<float> Row(int row) => CollectionsMarshal.AsSpan(_logs).Slice(row * Classes, Classes);

    public CtcPosteriors? Phones(int first) => Phones(first, Rows - first);

    public EncodedPiece? Piece(int rows, ReadOnlySpan<float> samples, double start)
    {
        if (rows < 2) return null;
        var rate = features.Settings.SamplingRate;
        return new EncodedPiece
        {
            Start = start,
            Seconds = (double)samples.Length / rate,
            Levels = new SoundLevels(samples, rate),
            Ctc = new CtcPosteriors([.. CollectionsMarshal.AsSpan(_logs)[..(rows * Classes)]], rows, Classes),
            Phones = Phones(0, rows),
            RowSeconds = (double)RowSamples / rate,
            Padding = 0,
            Audio = [.. CollectionsMarshal.AsSpan(_audio)[..(rows / 2 * model.Config.TextConfig.HiddenSize)]],
            AudioRows = rows / 2,
        };
    }

    private CtcPosteriors? Phones(int first, int rows) =>
        _phones.Count == 0 ? null : new CtcPosteriors(CollectionsMarshal.AsSpan(_phones).Slice(first * PhoneSet.Count, rows * PhoneSet.Count).ToArray(), rows, PhoneSet.Count);

    public void Dispose() => _state.Dispose();
}
