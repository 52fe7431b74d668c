namespace Qwen2Audio.Inference.Whisper;

/// <summary>What was written about one window of audio.</summary>
/// <param name="Tokens">Text and timestamp tokens, without prefix and end.</param>
/// <param name="LogProbabilities">Natural logarithm of each one's probability among the tokens that might follow.</param>
/// <param name="EndLogProbability">That of the end token; 0 when the text was not ended.</param>
/// <param name="Ended">False when the model's positions were used up.</param>
/// <param name="NoSpeechProbability">Probability that nobody speaks, by the first step.</param>
/// <param name="Temperature">The temperature that it was drawn at; 0: the likeliest tokens.</param>
public sealed record WhisperText(
    IReadOnlyList<int> Tokens, IReadOnlyList<float> LogProbabilities, float EndLogProbability, bool Ended, double NoSpeechProbability, double Temperature)
{
    /// <summary>Mean of the log probabilities, the end token counted.</summary>
    public double AverageLogProbability => (LogProbabilities.Sum(p => (double)p) + EndLogProbability) / (Tokens.Count + 1);
}

/// <summary>Which language is spoken.</summary>
/// <param name="Languages">Codes and probabilities among the model's languages, the likeliest first.</param>
/// <param name="NoSpeechProbability">Probability that nobody speaks.</param>
public sealed record WhisperLanguages(IReadOnlyList<(string Code, double Probability)> Languages, double NoSpeechProbability);
