using Qwen2Audio.Model;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Training.Speech;

/// <summary>Weights of the losses in one step.</summary>
internal sealed record LossWeights(
    double Decoder, double Ctc, double Phones, double Balance, double LabelSmoothing, double TokenNoise)
{
    /// <summary>Weight of the router z loss.</summary>
    public double RouterZ { get; init; }

    /// <summary>Whether the encoder is frozen: it runs without dropout, and its heads have no losses.</summary>
    public bool IsEncoderFrozen { get; init; }
}

/// <summary>One forward pass of the speech model with its losses: seeds the gradients, ready for the backward pass.</summary>
internal static class SpeechStep
{
    /// <summary>Runs a batch; call <see cref="TrainingOps.Begin"/> before and <see cref="TrainingOps.Backward"/> after.</summary>
    /// <param name="batch">This rank's clips.</param>
    /// <param name="tokens">Ids of the prompt.</param>
    /// <param name="weights">Weights of the losses.</param>
    /// <param name="seed">Seed for the noise on the text.</param>
    /// <param name="totals">Divisors of the losses, over all ranks; null: the batch is the whole step.</param>
    /// <param name="ranks">Ranks that hold the rest of the step.</param>
    /// <param name="speaking">Also runs the step's recordings to be spoken; null: there are none.</param>
    /// <returns>The losses of the step, or this rank's contributions to them; CTC losses are per label.</returns>
    public static StepLosses Forward(
        TrainingOps ops, Qwen2AudioModel model, SpeechBatch batch, PromptTokens tokens, LossWeights weights, ulong seed,
        SpeechTotals? totals = null, IRanks? ranks = null, SpeakingPart? speaking = null)
    {
        var mel = ops.Input(batch.Mel, batch.Frames.Rows, model.Encoder.Config.NumMelBins);
        var rate = ops.DropoutRate;
        if (weights.IsEncoderFrozen) ops.DropoutRate = 0;
        var encoded = model.Encoder.Forward(ops, mel, batch.Frames, chunks: batch.Chunks);
        ops.DropoutRate = rate;
        var audio = model.Project(ops, encoded.Pooled);
        var x = model.Embed(ops, batch.NoisyIds(tokens, weights.TokenNoise, seed), audio, batch.AudioRows);
        var hidden = model.Decoder.Hidden(ops, x, batch.Tokens);
        var logits = model.Decoder.Logits(ops, ops.TakeRows(hidden, batch.LabelRows));

        var whole = totals ?? SpeechTotals.Of(batch);
        var decoder = CrossEntropyLoss.Add(
            ops, logits, batch.Labels, batch.LabelWeights, smoothing: (float)weights.LabelSmoothing, coefficient: (float)weights.Decoder, divisor: whole.Labels);
        var ctc = encoded.Ctc is null || weights.IsEncoderFrozen ? 0 : AddCtc(ops, encoded.Ctc, batch, batch.Spoken, weights.Ctc, whole.Ctc);
        var phones = encoded.Phones is null || weights.IsEncoderFrozen ? 0 : AddCtc(ops, encoded.Phones, batch, batch.Phones, weights.Phones, whole.Phones);
        var heard = ops.RoutedLayers.Count;
        var spoken = speaking?.Forward(ops, model.Synthesis!) ?? [];
        // over both, so that experts may serve one of them
        List<RoutedLayer> layers = [.. ops.RoutedLayers.Select((layer, i) => layer with { IsIdle = i < heard ? batch.IsIdle : speaking!.IsIdle })];
        var balance = RouterLosses.AddBalance(ops, layers, coefficient: (float)weights.Balance, ranks: ranks);
        var share = batch.IsIdle ? 0 : batch.Tokens.Rows / whole.Rows;
        var routerZ = weights.RouterZ > 0 ? share * RouterLosses.AddZ(ops, layers[..heard], coefficient: (float)(share * weights.RouterZ)) : 0;
        List<LossPart> parts = [new("decoder", decoder, weights.Decoder)];
        if (!weights.IsEncoderFrozen) parts.AddRange([new("ctc", ctc, weights.Ctc), new("phones", phones, weights.Phones)]);
        parts.Add(new("balance", balance, weights.Balance));
        if (weights.RouterZ > 0) parts.Add(new("router_z", routerZ, weights.RouterZ));
        parts.AddRange(spoken);
        return new StepLosses(parts.Sum(part => part.Weight * part.Value), parts);
    }

    private static double AddCtc(TrainingOps ops, Variable logits, SpeechBatch batch, int[]?[] targets, double weight, double labels)
    {
        if (weight <= 0) return 0;
        var (classes, factors) = SpeechBatch.CtcTargets(targets, labels == 0 ? 0 : (float)(weight / labels));
        var losses = CtcLoss.Add(ops, logits, batch.Rows, classes, factors);
        var sum = 0.0;
        for (var i = 0; i < losses.Length; i++) sum += losses[i] * factors[i] / weight;
        return sum;
    }
}
