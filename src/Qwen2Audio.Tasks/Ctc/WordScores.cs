using Qwen2Audio.Checkpoints.NGrams;

namespace Qwen2Audio.Tasks.Ctc;

/// <summary>What a word adds to the score of a text: weight · ln P(word | words before) + a bonus; the end of the text adds weight · ln P(end).</summary>
/// <param name="Model">The n-gram model.</param>
/// <param name="Ids">The model's ids of a lexicon's words.</param>
/// <param name="Weight">Weight of ln P.</param>
/// <param name="Bonus">The bonus of a word.</param>
internal sealed record WordScores(NGramModel Model, int[] Ids, double Weight, double Bonus)
{
    /// <summary>P(unknown) is shared by all unknown words; a particular one is about this much less likely (natural logarithm).</summary>
    public const double UnknownWord = -10;

    /// <summary>The score of a word when nothing is known of the words before.</summary>
    public float Alone(int word) => (float)Weighted(Model.Orders[0].LogProbabilities[Ids[word]], word);

    /// <summary>The score of a word after others.</summary>
    public double After(NGramState state, int word) => Weighted(Model.LogProbability(state, Ids[word]), word);

    private double Weighted(double log, int word) => Weight * (log + (Ids[word] == Model.UnknownId ? UnknownWord : 0)) + Bonus;
}
