namespace Qwen2Audio.Evaluation;

/// <summary>A measured value with its counts.</summary>
/// <param name="Name">What is measured: "accuracy", "word error rate", …</param>
/// <param name="On">The label set or dataset.</param>
/// <param name="By">The decoding: "decoder", "ctc", "combined", …</param>
/// <param name="Value">Count / Total; null when Total is 0.</param>
/// <param name="Count">Right answers, word errors or clips, depending on the name.</param>
/// <param name="Total">Number of clips or reference words.</param>
/// <param name="Detail">Details for people.</param>
public sealed record ValidationMeasure(string Name, string On, string By, double? Value, int Count, int Total, string Detail);
