using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// Qwen2-Audio: encodes a batch's clips, each once even if several documents share it, then runs like <see cref="Qwen2LanguageModel"/>. Clips have
/// the same rows as at inference.
/// </summary>
internal sealed class Qwen2AudioLanguageModel(Qwen2AudioModel model) : ILanguageModel
{
    private const int FramesBeyond = 2; // frames that the convolutions read after the last frame of a clip

    public Variable LabelLogits(TrainingOps ops, TokenBatch batch)
    {
        var x = batch.Clips.Count == 0 ? model.Decoder.Embed(ops, batch.Ids)
            : model.Embed(ops, batch.Ids, Rows(ops, batch), batch.ClipRows.Sum());
        var hidden = model.Decoder.Hidden(ops, x, batch.Documents);
        return model.Decoder.Logits(ops, ops.TakeRows(hidden, batch.LabelRows));
    }

    /// <summary>Rows of all clips, concatenated, [audio rows, hidden].</summary>
    private Variable Rows(TrainingOps ops, TokenBatch batch)
    {
        var numbers = new Dictionary<float[], int>(ReferenceEqualityComparer.Instance);
        foreach (var clip in batch.Clips) numbers.TryAdd(clip, numbers.Count);
        var (projected, rows) = Encode(ops, [.. numbers.Keys]);
        var places = new List<int>();
        for (var i = 0; i < batch.Clips.Count; i++)
        {
            var number = numbers[batch.Clips[i]];
            if (rows.Length(number) != batch.ClipRows[i])
                throw new InvalidOperationException($"Clip {i} has {batch.ClipRows[i]} placeholders for {rows.Length(number)} rows.");
            for (var row = 0; row < batch.ClipRows[i]; row++) places.Add(rows.Starts[number] + row);
        }

        return places.Count == rows.Rows && batch.Clips.Count == numbers.Count ? projected : ops.TakeRows(projected, [.. places]);
    }

    private (Variable Rows, Layout Layout) Encode(TrainingOps ops, List<float[]> clips)
    {
        var config = model.Encoder.Config;
        var options = new LogMelOptions { Bins = config.NumMelBins, PadTo = config.MaxSourcePositions * 2 * AudioLengths.Hop };
        var mels = new LogMelSpectrogram[clips.Count];
        ops.Pool.For(mels.Length, (i, _) => mels[i] = LogMel.Compute(clips[i], options));
        var frames = Array.ConvertAll(mels, mel => Math.Min(mel.Frames, mel.ValidFrames + FramesBeyond));
        var valid = Array.ConvertAll(mels, mel => model.Encoder.Conv2.OutputLength(model.Encoder.Conv1.OutputLength(mel.ValidFrames)));
        var values = new float[frames.Sum() * config.NumMelBins];
        for (int i = 0, at = 0; i < mels.Length; at += frames[i++] * config.NumMelBins)
            mels[i].Values.AsSpan(0, frames[i] * config.NumMelBins).CopyTo(values.AsSpan(at));
        var encoded = model.Encoder.Forward(ops, ops.Input(values, frames.Sum(), config.NumMelBins), Layout.Of(frames), valid);
        return (model.Project(ops, encoded.Pooled), encoded.PooledRows);
    }
}
