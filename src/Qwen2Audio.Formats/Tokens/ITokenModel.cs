namespace Qwen2Audio.Formats.Tokens;

/// <summary>
/// Probabilities of the next token, for the entropy coder. Writer and reader must get identical values, on every processor: they are
/// integers, and a model that computes in floating point must round in a way that does not depend on the machine.
/// </summary>
public interface ITokenModel
{
    /// <summary>Sum of the frequencies of a codebook's entries.</summary>
    const uint FrequencySum = TokenFormat.FrequencySum;

    /// <summary>The identity stored in the file.</summary>
    ModelIdentity Identity { get; }

    /// <summary>Whether it has probabilities for tokens of these codebooks.</summary>
    bool Fits(int codebooks, int entries);

    /// <summary>Forgets all tokens: a new block begins.</summary>
    void Reset();

    /// <summary>
    /// Cumulative frequencies of the next token, which belongs to this codebook: number of entries + 1 values, strictly increasing from 0 to
    /// <see cref="FrequencySum"/>. Entry i has the probability (value[i + 1] − value[i]) / <see cref="FrequencySum"/>. Valid until the next call.
    /// </summary>
    ReadOnlySpan<uint> Cumulative(int codebook);

    /// <summary>Adds the token that came next. Tokens are ordered by frame, then by codebook.</summary>
    void Add(int code);
}
