namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>A continuation that is followed, or has ended.</summary>
/// <param name="Sequence">Its number in the last step of the session.</param>
/// <param name="Ids">Ids of the prompt, if known, and of what was made.</param>
/// <param name="LogProbabilities">Of each token that was made.</param>
/// <param name="Sum">Of <paramref name="LogProbabilities"/>.</param>
internal sealed record Beam(int Sequence, int[] Ids, float[] LogProbabilities, double Sum)
{
    public int Made => LogProbabilities.Length;

    public Beam With(int token, float logProbability) => new(Sequence, [.. Ids, token], [.. LogProbabilities, logProbability], Sum + logProbability);

    /// <summary>What beams are compared by.</summary>
    public double Score(double lengthPenalty) => Sum / Math.Pow(Made, lengthPenalty);
}
