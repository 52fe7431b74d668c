namespace Qwen2Audio.Tasks.Results;

/// <summary>What a recognised word is judged by.</summary>
/// <param name="Posterior">Its probability by the texts that the lexicon's search found, 0…1; null: it was not looked for in the phones.</param>
/// <param name="Units">Mean over its text units of the largest ln P that the CTC head gives each; null: they cannot be aligned.</param>
/// <param name="Text">ln P of the piece's text and its end by the decoder, divided by their number of units; null: the decoder did not judge it.</param>
internal readonly record struct WordEvidence(double? Posterior, double? Units, double? Text)
{
    /// <summary>How far the CTC heads support it.</summary>
    public WordSupport Support { get; init; }

    private const double UnitWeight = 0.15; // on 40 clips of open English 0.1 and 0.2 were calibrated best

    /// <summary>
    /// The confidence of a model that is not calibrated, 0…1: P of the units or, if they cannot be aligned, of the text. The posterior is too sure, since the search's texts differ in few words, so P of the units has a
    /// say: posterior · P^0.15.
    /// </summary>
    public double Confidence
    {
        get
        {
            var units = (Units ?? Text) is { } log ? Math.Exp(log) : 0;
            return Posterior is not { } posterior ? units : Units is null ? posterior : posterior * Math.Pow(units, UnitWeight);
        }
    }
}
