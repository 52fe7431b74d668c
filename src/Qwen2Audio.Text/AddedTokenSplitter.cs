namespace Qwen2Audio.Text;

/// <summary>
/// Cuts a text at its added tokens, as the reference does: first at those that are not normalised; the rest, normalised, at those that
/// are.
/// </summary>
internal sealed class AddedTokenSplitter
{
    private readonly bool _composed;
    private readonly AddedTokenSearch? _asWritten;
    private readonly AddedTokenSearch? _normalised;

    /// <summary>Looks for tokens; <paramref name="composed"/>: to normalise is to bring to NFC, else it changes nothing.</summary>
    public AddedTokenSplitter(IEnumerable<AddedToken> tokens, bool composed)
    {
        _composed = composed;
        var all = tokens.ToList();
        _asWritten = AddedTokenSearch.For(all.Where(token => !token.Normalized), text => text);
        _normalised = AddedTokenSearch.For(all.Where(token => token.Normalized), text => Normalise(text));
    }

    /// <summary>The added tokens of the text and, normalised, the stretches between them, none of which is empty.</summary>
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

    private string Normalise(string text) => _composed ? ComposedForm.Of(text) : ComposedForm.Whole(text);
}
