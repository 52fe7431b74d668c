using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Speech;

/// <summary>What the losses of a step are divided by, of all ranks together: each rank's losses are then its addends of the step's.</summary>
/// <param name="Labels">Labels of the decoder.</param>
/// <param name="Ctc">Labels of CTC.</param>
/// <param name="Phones">Labels of phone CTC.</param>
/// <param name="Rows">Rows of the decoder.</param>
internal readonly record struct SpeechTotals(double Labels, double Ctc, double Phones, double Rows)
{
    /// <summary>Those of the step of which <paramref name="batch"/> is this rank's part.</summary>
    public static SpeechTotals Of(SpeechBatch batch, IRanks? ranks = null)
    {
        double[] sums = batch.IsIdle ? [0, 0, 0, 0]
            : [batch.Labels.Length, batch.CtcLabels(batch.Spoken), batch.CtcLabels(batch.Phones), batch.Tokens.Rows];
        ranks?.Sum(sums);
        return new SpeechTotals(sums[0], sums[1], sums[2], sums[3]);
    }
}
