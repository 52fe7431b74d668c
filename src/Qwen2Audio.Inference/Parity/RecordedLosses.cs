using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Probabilities;

namespace Qwen2Audio.Inference.Parity;

/// <summary>The losses that the references record, computed here in float64 from our logits.</summary>
internal sealed class RecordedLosses(Recording recording, Qwen2Config config, RecordedOutputs outputs)
{
    public void Compare(Matrix logits)
    {
        var auxiliary = config.Moe is { } moe && outputs.RouterLogits.Count > 0 ? Auxiliary(moe) : 0;
        outputs.Of("aux_loss")?.Add(auxiliary, recording.Floats("aux_loss", 1)[0]);
        if (outputs.Of("loss") is not { } loss) return;
        var total = NextToken(logits);
        if (recording.Has("aux_loss")) total += config.Moe!.RouterAuxLossCoef * auxiliary;
        loss.Add(total, recording.Floats("loss", 1)[0]);
    }

    /// <summary>Mean cross-entropy of each row's next token; the first token of a sequence is not predicted.</summary>
    private double NextToken(Matrix logits)
    {
        var (sum, count) = (0.0, 0);
        var rows = recording.Rows;
        for (var s = 0; s < rows.Sequences; s++)
        {
            for (var row = rows.Starts[s]; row + 1 < rows.Starts[s + 1]; row++, count++)
                sum += LogSumExp.Of(logits.Row(row)) - logits.Row(row)[recording.TokenIds[row + 1]];
        }

        return sum / count;
    }

    /// <summary>experts · Σₑ (fraction of choices for expert e, summed over a row's choices) · (mean probability of e), all layers pooled.</summary>
    private double Auxiliary(Qwen2MoeConfig moe)
    {
        var experts = moe.NumExperts;
        var chosen = new double[experts];
        var probability = new double[experts];
        var rows = 0;
        foreach (var layer in outputs.RouterLogits)
        {
            for (var start = 0; start < layer.Length; start += experts, rows++)
            {
                var logits = layer.AsSpan(start, experts);
                var sum = LogSumExp.Of(logits);
                for (var e = 0; e < experts; e++) probability[e] += Math.Exp(logits[e] - sum);
                var row = layer[start..(start + experts)];
                foreach (var e in Enumerable.Range(0, experts).OrderByDescending(e => row[e]).Take(moe.NumExpertsPerTok)) chosen[e]++;
            }
        }

        var total = 0.0;
        for (var e = 0; e < experts; e++) total += chosen[e] / rows * (probability[e] / rows);
        return experts * total;
    }
}
