using Qwen2Audio.Checkpoints;
using Qwen2Audio.Inference.Generation;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>Settings of Whisper's beam search.</summary>
/// <param name="Beams">Beam width; 1 gives the same text as greedy decoding.</param>
/// <param name="LengthPenalty">Exponent of the length in a text's score: Σ log probability / tokens ^ penalty, including the end token.</param>
/// <param name="EarlyStopping">When the search ends.</param>
public sealed record WhisperBeams(int Beams = 1, double LengthPenalty = 1, EarlyStopping EarlyStopping = EarlyStopping.WhenUnlikely)
{
    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public void Check()
    {
        if (Beams is < 1 or > GenerationOptions.MaxBeams)
            throw new ArgumentException($"Beams is {Beams}; allowed: 1 to {GenerationOptions.MaxBeams}.", nameof(Beams));
        if (!(LengthPenalty is >= -100 and <= 100))
            throw new ArgumentException($"LengthPenalty is {LengthPenalty}; allowed: -100 to 100.", nameof(LengthPenalty));
    }
}
