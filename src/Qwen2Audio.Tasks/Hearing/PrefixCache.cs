using Qwen2Audio.Inference;
using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;
using Qwen2Audio.Tasks.Ctc;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Hearing;

/// <summary>
/// The decoder behind a prompt <c>[task] [audio …] [go]</c> that is computed once; texts are continued from there. A text may be run
/// again in the same slot: its rows are written over.
/// </summary>
internal sealed class PrefixCache(Qwen2AudioModel model, InferenceOps ops, BytePairTokenizer tokenizer) : IDisposable
{
    private KvCache? _cache;

    /// <summary>Runs the prompt in the first <paramref name="slots"/> slots; returns the last row's hidden state [1, hidden].</summary>
    /// <param name="piece">The audio.</param>
    /// <param name="task">Name of the task's control token, without its marks.</param>
    /// <param name="slots">Texts that will be run at the same time.</param>
    /// <param name="longest">Rows of the longest text.</param>
    public (Matrix Hidden, int Rows) Fill(HeardPiece piece, string task, int slots, int longest)
    {
        var rows = piece.AudioRows + 2;
        Reserve(slots, rows + longest);
        var prompt = new int[rows];
        prompt.AsSpan().Fill(model.Config.AudioTokenIndex);
        (prompt[0], prompt[^1]) = (tokenizer.ControlId($"<|{task}|>"), tokenizer.ControlId("<|go|>"));
        Matrix last = default;
        for (var slot = 0; slot < slots; slot++)
        {
            var audio = ops.Input(piece.Audio, piece.AudioRows, model.Config.TextConfig.HiddenSize);
            var x = model.Embed(ops, prompt, audio, piece.AudioRows);
            var hidden = model.Decoder.Hidden(ops, x, Layout.Continuing([rows], [0], [slot]), _cache);
            if (slot == 0) last = ops.TakeRows(hidden, [rows - 1]);
        }

        return (last, rows);
    }

    /// <summary>Runs texts, each from its position on in its slot; the rows lie one text behind the other, [rows, hidden].</summary>
    public Matrix Continue(IReadOnlyList<int[]> texts, ReadOnlySpan<int> positions, ReadOnlySpan<int> slots)
    {
        int[] ids = [.. texts.SelectMany(text => text)];
        int[] lengths = [.. texts.Select(text => text.Length)];
        return model.Decoder.Hidden(ops, model.Decoder.Embed(ops, ids), Layout.Continuing(lengths, positions, slots), _cache);
    }

    /// <summary>Log probabilities of the token that follows a row.</summary>
    public float[] LogProbabilities(Matrix hidden, int row)
    {
        var logs = model.Decoder.Logits(ops, hidden.RowRange(row, 1)).Span.ToArray();
        LogMath.LogSoftmax(logs);
        return logs;
    }

    /// <summary>Sum of the log probabilities with which each row is followed by its token.</summary>
    public double LogProbability(Matrix hidden, ReadOnlySpan<int> following)
    {
        var logits = model.Decoder.Logits(ops, hidden);                     // [rows, vocabulary]
        double sum = 0;
        for (var row = 0; row < logits.Rows; row++) sum += logits.Row(row)[following[row]] - LogMath.LogSum(logits.Row(row));
        return sum;
    }

    /// <inheritdoc/>
    public void Dispose() => _cache?.Dispose();

    private void Reserve(int slots, int rows)
    {
        if (_cache is not null && _cache.Slots >= slots && _cache.Capacity >= rows) return;
        var text = model.Config.TextConfig;
        var (newSlots, capacity) = (Math.Max(slots, _cache?.Slots ?? 1), Math.Max(rows, _cache?.Capacity ?? 128));
        _cache?.Dispose();
        _cache = new KvCache(newSlots, text.NumHiddenLayers, capacity, text.NumKeyValueHeads * text.HeadDim);
    }
}
