namespace Qwen2Audio.Formats.Tokens;

/// <summary>
/// Probabilities of the next token, for the entropy coder. Writer and reader ask the same questions in the same order and need the same
/// answers, on every processor: so answers are whole numbers, and a model that computes with floating point must round in a way that does
/// not depend on the machine.
/// </summary>
public interface ITokenModel
{
    /// <summary>Sum of the frequencies of a codebook's entries.</summary>
    const uint FrequencySum = TokenFormat.FrequencySum;

    /// <summary>Which model it is; stored in the file.</summary>
    ModelIdentity Identity { get; }

    /// <summary>Whether it has probabilities for tokens of these codebooks.</summary>
    bool Fits(int codebooks, int entries);

    /// <summary>Forgets the tokens before: a block begins.</summary>
    void Reset();

    /// <summary>
    /// Cumulative frequencies of the next token, which is of this codebook: number of entries + 1 values, from 0 to <see cref="FrequencySum"/>,
    /// strictly rising. Entry i has the probability (value[i + 1] − value[i]) / <see cref="FrequencySum"/>. Valid until the next call.
    /// </summary>
    ReadOnlySpan<uint> Cumulative(int codebook);

    /// <summary>Tells which token it was. Tokens come frame by frame, in each frame by codebook.</summary>
    void Add(int code);
}
