using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Speech;

/// <summary>Divisors for the losses of a step, over all ranks, so that each rank's losses are its contributions to the step's.</summary>
/// <param name="Labels">Weights of the decoder labels.</param>
/// <param name="Ctc">Number of CTC labels.</param>
/// <param name="Phones">Number of phone CTC labels.</param>
/// <param name="Rows">Number of decoder rows.</param>
internal readonly record struct SpeechTotals(double Labels, double Ctc, double Phones, double Rows)
{
    /// <summary>The totals of a step; <paramref name="batch"/> is this rank's part.</summary>
    public static SpeechTotals Of(SpeechBatch batch, IRanks? ranks = null)
    {
        double[] sums = batch.IsIdle ? [0, 0, 0, 0]
            : [batch.LabelWeights.Sum(weight => (double)weight), batch.CtcLabels(batch.Spoken), batch.CtcLabels(batch.Phones), batch.Tokens.Rows];
        ranks?.Sum(sums);
        return new SpeechTotals(sums[0], sums[1], sums[2], sums[3]);
    }
}
