namespace Qwen2Audio.Inference.Whisper;

/// <summary>The text of one window of audio.</summary>
/// <param name="Tokens">Text and timestamp tokens, without prefix and end token.</param>
/// <param name="LogProbabilities">Natural log probability of each token among those allowed.</param>
/// <param name="EndLogProbability">Log probability of the end token; 0 without one.</param>
/// <param name="Ended">False when the text filled the model's positions.</param>
/// <param name="NoSpeechProbability">Probability of no speech, from the first step.</param>
/// <param name="Temperature">The sampling temperature; 0: the most probable tokens.</param>
public sealed record WhisperText(
    IReadOnlyList<int> Tokens, IReadOnlyList<float> LogProbabilities, float EndLogProbability, bool Ended, double NoSpeechProbability, double Temperature)
{
    /// <summary>Mean of the log probabilities, including the end token.</summary>
    public double AverageLogProbability => (LogProbabilities.Sum(p => (double)p) + EndLogProbability) / (Tokens.Count + 1);
}

/// <summary>The detected language.</summary>
/// <param name="Languages">Codes and probabilities among the model's languages, most probable first.</param>
/// <param name="NoSpeechProbability">Probability of no speech.</param>
public sealed record WhisperLanguages(IReadOnlyList<(string Code, double Probability)> Languages, double NoSpeechProbability);
