namespace Qwen2Audio.Formats.Tokens;

/// <summary>A model that a token file refers to: the codec of its tokens, or the probability model of its entropy coding.</summary>
/// <param name="Type">Kind of model, such as "frame_codec" or "encodec".</param>
/// <param name="Name">Name for messages only; models with the same type and hash are the same.</param>
/// <param name="Sha256">SHA-256 of its content as 64 lower-case hex digits; empty if the type alone identifies it.</param>
public sealed record ModelIdentity(string Type, string Name, string Sha256)
{
    private const int Digits = 64;

    /// <summary>Whether both are the same model.</summary>
    public bool Matches(ModelIdentity other) => (Type, Sha256) == (other.Type, other.Sha256);

    public override string ToString() => Name.Length + Sha256.Length == 0 ? Display.Quote(Type)
        : $"{Display.Quote(Name)} (type {Display.Quote(Type)}, SHA-256 {Sha256[..Math.Min(Sha256.Length, 16)]}…)";

    internal bool IsValid => Type.Length is > 0 and <= TokenFormat.MaxNameLength && Name.Length <= TokenFormat.MaxNameLength
        && (Sha256.Length == 0 || (Sha256.Length == Digits && Sha256.All(char.IsAsciiHexDigitLower)));
}
