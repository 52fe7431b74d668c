namespace Qwen2Audio.Tasks.Results;

/// <summary>How far a model's CTC heads support a word of a text, whatever wrote that text.</summary>
/// <param name="UnitLoss">Σ −ln P of its text units, each in the row that fits it best, of those that the text's alignment gives it.</param>
/// <param name="Units">Number of these units; 0: unknown.</param>
/// <param name="PhoneLoss">The same for the phones of its pronunciation.</param>
/// <param name="Phones">Number of these phones; 0: the model has no phones, or the word no pronunciation.</param>
internal readonly record struct WordSupport(double UnitLoss, int Units, double PhoneLoss = 0, int Phones = 0)
{
    /// <summary>The largest loss of a unit or phone that counts; also that of one that cannot be aligned, since there are too few rows.</summary>
    public const double Most = 12;
}
