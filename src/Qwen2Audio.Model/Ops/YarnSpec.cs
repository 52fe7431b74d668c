namespace Qwen2Audio.Model.Ops;

/// <summary>
/// YaRN (2309.00071): rotary frequencies for longer contexts than a model was trained on. Pairs that turn often within the original
/// context keep their frequency, those that turn seldom are slowed down by the factor, those between are mixed; cosines and sines are
/// multiplied by the attention factor.
/// </summary>
/// <param name="Factor">How many times longer the context is.</param>
/// <param name="OriginalPositions">Context that the model was trained on.</param>
/// <param name="BetaFast">Turns within the original context from which on a pair keeps its frequency.</param>
/// <param name="BetaSlow">Turns up to which a pair is slowed down fully.</param>
/// <param name="AttentionFactor">Factor of the cosines and sines.</param>
/// <param name="Truncate">Whether the ends of the mixed range are rounded to whole pairs.</param>
public sealed record YarnSpec(
    double Factor, int OriginalPositions, double BetaFast, double BetaSlow, double AttentionFactor, bool Truncate = true)
{
    /// <summary>Changes the frequencies of pairs 0, 1, …, in the order of the published implementation's float32 arithmetic.</summary>
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
