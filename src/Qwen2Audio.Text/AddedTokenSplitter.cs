namespace Qwen2Audio.Text;

/// <summary>
/// Splits a text at its added tokens, as the reference does: first at those that are not normalised, then the normalised rest at the others.
/// </summary>
internal sealed class AddedTokenSplitter
{
    private readonly bool _composed;
    private readonly AddedTokenSearch? _asWritten;
    private readonly AddedTokenSearch? _normalised;

    /// <summary>Matches tokens; <paramref name="composed"/>: normalisation means NFC, otherwise it changes nothing.</summary>
    public AddedTokenSplitter(IEnumerable<AddedToken> tokens, bool composed)
    {
        _composed = composed;
        var all = tokens.ToList();
        _asWritten = AddedTokenSearch.For(all.Where(token => !token.Normalized), text => text);
        _normalised = AddedTokenSearch.For(all.Where(token => token.Normalized), text => Normalise(text));
    }

    /// <summary>The added tokens and the normalised, non-empty texts between them.</summary>
    public IEnumerable<(string Text, AddedToken? Token)> Split(string text)
    {
        foreach (var (stretch, token) in Cut(_asWritten, text))
        {
            if (token is not null) yield return (stretch, token);
            else if (stretch.Length > 0)
                foreach (var piece in Cut(_normalised, Normalise(stretch))) yield return piece;
        }
    }

    private static IEnumerable<(string Text, AddedToken? Token)> Cut(AddedTokenSearch? search, string text)
    {
        if (search is null) return [(text, null)];
        var pieces = new List<(Range Range, AddedToken? Token)>();
        search.Cut(text, pieces);
        return pieces.Select(piece => (text[piece.Range], piece.Token));
    }

    private string Normalise(string text) => _composed ? NfcNormaliser.Of(text) : NfcNormaliser.Whole(text);
}
