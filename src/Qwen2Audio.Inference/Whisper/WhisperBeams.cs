using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>How texts are compared and followed where Whisper searches with beams.</summary>
/// <param name="Beams">Texts that are followed at the same time; 1 gives what greedy decoding gives.</param>
/// <param name="LengthPenalty">Texts are compared by Σ log probability / tokens ^ this, the end token counted.</param>
/// <param name="EarlyStopping">When the search ends.</param>
public sealed record WhisperBeams(int Beams = 1, double LengthPenalty = 1, EarlyStopping EarlyStopping = EarlyStopping.WhenUnlikely)
{
    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public void Check()
    {
        if (Beams is < 1 or > GenerationOptions.MostBeams)
            throw new ArgumentException($"Beams is {Beams}; allowed: 1 to {GenerationOptions.MostBeams}.", nameof(Beams));
        if (!(LengthPenalty is >= -100 and <= 100))
            throw new ArgumentException($"LengthPenalty is {LengthPenalty}; allowed: -100 to 100.", nameof(LengthPenalty));
    }
}
