using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>Losses that balance the use of a mixture's experts.</summary>
internal static class RouterLosses
{
    /// <summary>
    /// E · Σₑ Fₑ·Pₑ over the rows of all given layers together (Qwen2-MoE, transformers <c>load_balancing_loss_func</c>): Fₑ is the
    /// fraction of rows that chose e (Σ F = experts per token, no gradient), Pₑ the mean probability of e. It equals the experts per
    /// token when the use is even. Adds <paramref name="coefficient"/> times its gradient to the router logits.
    /// </summary>
    /// <param name="layers">Sparse layers with the same number of experts.</param>
    /// <param name="valid">1 for rows that count; empty: all.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <param name="ranks">Processes that hold the other rows of the batch. The loss covers all rows, the gradient only the local ones.</param>
    /// <returns>The loss; with several ranks, on rank 0 only and 0 on the others, so that the sum over ranks is right.</returns>
    public static double AddBalance(
        TrainingOps ops, IReadOnlyList<RoutedLayer> layers, ReadOnlySpan<byte> valid = default, float coefficient = 1, IRanks? ranks = null)
    {
        if (layers.Count == 0) return 0;
        var experts = layers[0].Probabilities.Columns;
        var sums = new double[2 * experts + 1];
        var share = sums.AsSpan(0, experts);
        var mean = sums.AsSpan(experts, experts);
        long count = 0;
        foreach (var layer in layers)
        {
            for (var r = 0; r < layer.Probabilities.Rows; r++)
            {
                if (layer.IsIdle || (!valid.IsEmpty && valid[r] == 0)) continue;
                count++;
                var row = layer.Probabilities.Row(r);
                for (var e = 0; e < experts; e++) mean[e] += row[e];
                foreach (var e in layer.Routing.Chosen.Slice(r * layer.ExpertsPerToken, layer.ExpertsPerToken)) share[e]++;
            }
        }

        sums[^1] = count;
        ranks?.Sum(sums);
        count = (long)sums[^1];
        if (count == 0) return 0;
        var loss = 0.0;
        var slope = new double[experts]; // ∂loss/∂p of one row
        for (var e = 0; e < experts; e++)
        {
            loss += experts * (share[e] / count) * (mean[e] / count);
            slope[e] = experts * (share[e] / count) / count;
        }

        foreach (var layer in layers)
        {
            var gradient = ops.Scratch(layer.Probabilities.Rows, experts);
            gradient.Clear();
            for (var r = 0; r < gradient.Rows; r++)
            {
                if (layer.IsIdle || (!valid.IsEmpty && valid[r] == 0)) continue;
                var p = layer.Probabilities.Row(r);
                var g = gradient.Row(r);
                var inner = 0.0;
                for (var e = 0; e < experts; e++) inner += slope[e] * p[e];
                for (var e = 0; e < experts; e++) g[e] = (float)(coefficient * p[e] * (slope[e] - inner));
            }

            ops.Seed(layer.Logits, gradient);
        }

        return ranks is { Rank: > 0 } ? 0 : loss;
    }

    /// <summary>
    /// Mean over the valid rows of (log Σ exp logits)², which keeps router logits small. Adds <paramref name="coefficient"/> times its
    /// gradient to the logits. Without valid rows the loss is 0.
    /// </summary>
    /// <param name="logits">[rows, classes].</param>
    /// <param name="valid">1 for rows that count; empty: all.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    public static double AddZ(TrainingOps ops, Variable logits, ReadOnlySpan<byte> valid = default, float coefficient = 1)
    {
        var rows = ValidRows.Of(valid, logits.Value.Rows);
        if (rows.Length == 0) return 0;
        var gradient = ops.Scratch(logits.Value.Rows, logits.Value.Columns);
        gradient.Clear();
        var losses = new double[rows.Length];
        ops.Pool.For(rows.Length, (i, _) =>
        {
            var x = logits.Value.Row(rows[i]);
            var g = gradient.Row(rows[i]);
            var logSum = LogSumExp.Of(x);
            losses[i] = logSum * logSum;
            for (var c = 0; c < g.Length; c++) g[c] = (float)(coefficient * 2 * logSum / rows.Length * Math.Exp(x[c] - logSum));
        });
        if (logits.NeedsGradient) ops.Seed(logits, gradient);
        return losses.Sum() / rows.Length;
    }

    /// <summary>The z loss over the router logits of all given layers; each row of each layer counts once.</summary>
    /// <param name="layers">Sparse layers over the same rows.</param>
    /// <param name="valid">1 for rows that count, in every layer; empty: all.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    public static double AddZ(
        TrainingOps ops, IReadOnlyList<RoutedLayer> layers, ReadOnlySpan<byte> valid = default, float coefficient = 1)
    {
        var loss = 0.0;
        foreach (var layer in layers) loss += AddZ(ops, layer.Logits, valid, coefficient / layers.Count) / layers.Count;
        return loss;
    }
}
