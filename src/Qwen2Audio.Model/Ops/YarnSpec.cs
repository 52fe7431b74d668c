namespace Qwen2Audio.Model.Ops;

/// <summary>
/// YaRN (2309.00071): rotary frequencies for contexts longer than in training. Pairs that rotate often within the original
/// context keep their frequency, slow pairs are slowed further by the factor, and those between are interpolated. Cosines and sines are
/// multiplied by the attention factor.
/// </summary>
/// <param name="Factor">Ratio of the new to the original context.</param>
/// <param name="OriginalPositions">Context length in training.</param>
/// <param name="BetaFast">Rotations within the original context above which a pair keeps its frequency.</param>
/// <param name="BetaSlow">Rotations below which a pair is slowed by the full factor.</param>
/// <param name="AttentionFactor">Factor of the cosines and sines.</param>
/// <param name="Truncate">Whether the bounds of the interpolated range are rounded to whole pairs.</param>
public sealed record YarnSpec(
    double Factor, int OriginalPositions, double BetaFast, double BetaSlow, double AttentionFactor, bool Truncate = true)
{
    /// <summary>Rescales the frequencies of pairs 0, 1, …, in the order of the published implementation's float32 arithmetic.</summary>
    internal void Stretch(Span<float> frequencies, double theta)
    {
        var dim = 2 * frequencies.Length;
        var (low, high) = (PairThatTurns(BetaFast), PairThatTurns(BetaSlow));
        if (Truncate) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        (low, high) = (Math.Max(low, 0), Math.Min(high, dim - 1));
        if (low == high) high += 0.001;
        for (var j = 0; j < frequencies.Length; j++)
        {
            var kept = 1 - Math.Clamp((j - (float)low) / (float)(high - low), 0f, 1f);
            var slow = 1f / ((float)Factor * (1f / frequencies[j]));
            frequencies[j] = slow * (1 - kept) + frequencies[j] * kept;
        }

        double PairThatTurns(double turns) => dim * Math.Log(OriginalPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}
