using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Whisper;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>
/// Whisper's decoder over encoded clips. With one clip all sequences attend to it; with several, the sequence in slot i attends to
/// clip i.
/// </summary>
internal sealed class WhisperDecoder(WhisperModel model) : IDecoder
{
    private Layout? _rows; // the layout of _byClip
    private Layout? _byClip;

    /// <summary>The encoded clips' keys and values for cross-attention.</summary>
    public CrossKeysAndValues<Matrix>? Cross { get; set; }

    public DecoderShape Shape { get; } = new(model.Config.VocabSize, model.Config.MaxTargetPositions);

    public Matrix Embed(InferenceOps ops, ReadOnlySpan<int> tokens, Layout rows) => model.Embed(ops, tokens, rows);

    public Matrix Hidden(InferenceOps ops, Matrix x, Layout rows, SequenceState state)
    {
        var cross = Cross ?? throw new InvalidOperationException("No clip has been encoded.");
        if (_rows != rows) (_rows, _byClip) = (rows, ByClip(rows, cross.Rows.Sequences));
        return model.Hidden(ops, x, rows, cross, state, _byClip);
    }

    public Matrix Logits(InferenceOps ops, Matrix hidden) => model.Logits(ops, hidden);

    /// <summary>The rows grouped by clip; sequences must come in the order of their clips.</summary>
    private static Layout ByClip(Layout rows, int clips)
    {
        if (clips == 1) return rows.Sequences == 1 ? rows : Layout.Of(rows.Rows);
        var lengths = new int[clips];
        for (int s = 0, before = 0; s < rows.Sequences; before = rows.Slots[s++])
        {
            if (rows.Slots[s] < before) throw new ArgumentException($"Slot {rows.Slots[s]} follows slot {before}; sequences must come in the order of their clips.", nameof(rows));
            lengths[rows.Slots[s]] += rows.Length(s);
        }

        return Layout.Of(lengths);
    }
}
