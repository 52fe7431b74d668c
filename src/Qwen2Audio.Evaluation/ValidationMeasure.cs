namespace Qwen2Audio.Evaluation;

/// <summary>A figure with the counts that it is made of.</summary>
/// <param name="Name">What is measured: "accuracy", "word error rate", …</param>
/// <param name="On">The label set or dataset that it is measured on.</param>
/// <param name="By">How the answer was found: "decoder", "ctc", "combined", …</param>
/// <param name="Value">Count / Total, as a share; null where there was nothing to count among.</param>
/// <param name="Count">Right answers, word errors, or clips, as the name says.</param>
/// <param name="Total">What they are counted among: clips, or words of the references.</param>
/// <param name="Detail">More, for people.</param>
public sealed record ValidationMeasure(string Name, string On, string By, double? Value, int Count, int Total, string Detail);
