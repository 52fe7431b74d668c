using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// One rank's share of a global batch: every loss is a mean over the labels of all ranks, so this rank's mean counts by its labels.
/// </summary>
/// <param name="Ranks">Who holds the rest.</param>
/// <param name="Idle">There are fewer clips than ranks: the batch only keeps this rank in step and counts for nothing.</param>
/// <param name="Decoder">Labels of the decoder, as a share of all.</param>
/// <param name="Ctc">Labels of CTC.</param>
/// <param name="Phones">Labels of phone CTC.</param>
/// <param name="Rows">Rows of the decoder.</param>
internal sealed record SpeechShare(IRanks Ranks, bool Idle, double Decoder, double Ctc, double Phones, double Rows)
{
    /// <summary>The share that <paramref name="mine"/> is of <paramref name="all"/>.</summary>
    public static SpeechShare Of(IRanks ranks, bool idle, SpeechBatch mine, SpeechBatch all)
    {
        double Part(int some, int whole) => idle || whole == 0 ? 0 : some / (double)whole;
        return new SpeechShare(ranks, idle, Part(mine.Labels.Length, all.Labels.Length),
            Part(mine.CtcLabels(mine.Spoken), all.CtcLabels(all.Spoken)), Part(mine.CtcLabels(mine.Phones), all.CtcLabels(all.Phones)),
            Part(mine.Tokens.Rows, all.Tokens.Rows));
    }

    /// <summary>Factors of this rank's means in the total.</summary>
    public LossWeights Apply(LossWeights weights) =>
        weights with { Decoder = weights.Decoder * Decoder, Ctc = weights.Ctc * Ctc, Phones = weights.Phones * Phones, RouterZ = weights.RouterZ * Rows };

    /// <summary>Its addends of the global losses.</summary>
    public SpeechLosses Apply(SpeechLosses losses, LossWeights weights) =>
        losses with
        {
            Decoder = losses.Decoder * Decoder,
            Ctc = losses.Ctc * Ctc,
            Phones = losses.Phones * Phones,
            RouterZ = losses.RouterZ * Rows,
            Weights = weights,
        };
}
