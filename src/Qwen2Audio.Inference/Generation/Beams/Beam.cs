namespace Qwen2Audio.Inference.Generation.Beams;

/// <summary>A running or finished hypothesis.</summary>
/// <param name="Sequence">Its sequence number in the last step of the session.</param>
/// <param name="Ids">Ids of the prompt, if known, and of the generated tokens.</param>
/// <param name="LogProbabilities">Log probability of each generated token.</param>
/// <param name="Sum">Sum of <paramref name="LogProbabilities"/>.</param>
internal sealed record Beam(int Sequence, int[] Ids, float[] LogProbabilities, double Sum)
{
    public int Made => LogProbabilities.Length;

    public Beam With(int token, float logProbability) => new(Sequence, [.. Ids, token], [.. LogProbabilities, logProbability], Sum + logProbability);

    /// <summary>The score by which beams are compared.</summary>
    public double Score(double lengthPenalty) => Sum / Math.Pow(Made, lengthPenalty);
}
