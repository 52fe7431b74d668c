using Qwen2Audio.Inference;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics;
using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks;

/// <summary>Log probabilities of given answers after one prompt, which is computed once and lies in memory once.</summary>
internal static class AnswerScores
{
    private const int Together = 8; // answers whose logits are held at once

    /// <summary>For each answer (its end token included) ln P and its number of tokens.</summary>
    public static (double LogProbability, int Tokens)[] Of(
        Qwen2Model model, InferenceOps ops, Matrix prompt, int rows, IReadOnlyList<int[]> answers)
    {
        var config = model.Config;
        var longest = answers.Max(answer => answer.Length);
        using var cache = new KvCache(1, config.NumHiddenLayers, rows + longest, config.NumKeyValueHeads * config.HeadDim);
        ops.ReservePositions(cache.Capacity);
        var hidden = model.Hidden(ops, prompt, Layout.Of(rows), cache);
        var first = model.Logits(ops, ops.TakeRows(hidden, [rows - 1])).Row(0).ToArray();
        LogMath.LogSoftmax(first);

        var scores = new (double LogProbability, int Tokens)[answers.Count];
        for (var from = 0; from < answers.Count; from += Together)
        {
            var part = answers.Skip(from).Take(Together).ToArray();
            ops.Reset();
            Continue(model, ops, cache, rows, part, first).CopyTo(scores, from);
        }

        return scores;
    }

    private static (double LogProbability, int Tokens)[] Continue(
        Qwen2Model model, InferenceOps ops, KvCache cache, int rows, int[][] answers, float[] first)
    {
        // the last token of an answer is judged, not fed
        int[] ids = [.. answers.SelectMany(answer => answer[..^1])];
        int[] lengths = [.. answers.Select(answer => answer.Length - 1)];
        int[] positions = [.. answers.Select(_ => rows)];
        int[] slots = new int[answers.Length]; // all go on from the one prompt
        var layout = Layout.Continuing(lengths, positions, slots);
        var scores = answers.Select(answer => ((double)first[answer[0]], answer.Length)).ToArray();
        if (ids.Length == 0) return scores;
        var logits = model.Logits(ops, model.Hidden(ops, model.Embed(ops, ids), layout, cache));
        for (var i = 0; i < answers.Length; i++)
        {
            for (var j = 0; j < lengths[i]; j++)
            {
                var row = logits.Row(layout.Starts[i] + j);
                scores[i].Item1 += row[answers[i][j + 1]] - LogMath.LogSum(row);
            }
        }

        return scores;
    }
}
