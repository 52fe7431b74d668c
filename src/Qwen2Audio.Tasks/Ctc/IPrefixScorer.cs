namespace Qwen2Audio.Tasks.Ctc;

/// <summary>Scores label sequences while <see cref="CtcBeamSearch"/> extends them; scores are added to their log probabilities by CTC.</summary>
internal interface IPrefixScorer
{
    /// <summary>The empty sequence.</summary>
    object Start { get; }

    /// <summary>A sequence with one more label.</summary>
    object Extend(object prefix, int label);

    /// <summary>Score of a sequence that may go on.</summary>
    double Score(object prefix);

    /// <summary>Score of a sequence that ends.</summary>
    double FinalScore(object prefix);
}
