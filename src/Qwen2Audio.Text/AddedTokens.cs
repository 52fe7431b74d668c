namespace Qwen2Audio.Text;

/// <summary>Added tokens from one or more files, which must agree; with <paramref name="mayBeEmpty"/> one may have no text.</summary>
internal sealed class AddedTokens(bool mayBeEmpty = false)
{
    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<int, (string Token, string File)> _owners = [];

    /// <summary>Text → token.</summary>
    public IReadOnlyDictionary<string, AddedToken> Tokens => _tokens;

    /// <summary>Id of the token without text, which is not in <see cref="Tokens"/>; null if there is none.</summary>
    public int? WithoutText { get; private set; }

    /// <summary>Reads an entry of added_tokens or added_tokens_decoder.</summary>
    public static AddedToken Entry(JsonField entry, int id)
    {
        var special = entry["special"].Flag();
        return new AddedToken(entry["content"].Text(), id)
        {
            Special = special,
            Normalized = entry["normalized"].Flag(otherwise: !special),
            LeftStrip = entry["lstrip"].Flag(),
            RightStrip = entry["rstrip"].Flag(),
            SingleWord = entry["single_word"].Flag(),
        };
    }

    /// <summary>Adds a token from a file without settings; it is special if its name has the form of a control token. Known tokens are unchanged.</summary>
    public void Add(string token, int id, string file, string place)
    {
        if (_tokens.TryGetValue(token, out var known) && known.Id == id) return;
        var special = AddedToken.IsControlName(token);
        Add(new AddedToken(token, id) { Special = special, Normalized = !special }, file, place);
    }

    /// <summary>Adds a token. If it is already known with the same id, these settings replace its own, but a special token stays special.</summary>
    /// <exception cref="TokenizerFileException">It is empty, or its text or id belongs to another token.</exception>
    public void Add(AddedToken token, string file, string place)
    {
        if (token.Id is < 0 or >= TokenizerLimits.Ids) throw new TokenizerFileException(file, place, $"id {token.Id}", TokenizerLimits.IdRange);
        if (token.Content.Length == 0)
        {
            if (!mayBeEmpty || (WithoutText ?? token.Id) != token.Id) throw new TokenizerFileException(file, place, "an empty token", "a text of at least one character");
            WithoutText = token.Id;
            return;
        }

        if (_tokens.Count == TokenizerLimits.Entries) throw new TokenizerFileException(file, place, "one token too many", $"at most {TokenizerLimits.Entries}");
        if (_tokens.TryGetValue(token.Content, out var known) && known.Id != token.Id)
            throw new TokenizerFileException(file, place, $"\"{token.Content}\" with id {token.Id}", $"its id {known.Id} in {_owners[known.Id].File}");
        if (_owners.TryGetValue(token.Id, out var owner) && !string.Equals(owner.Token, token.Content, StringComparison.Ordinal))
            throw new TokenizerFileException(file, place, $"\"{token.Content}\" with id {token.Id}", $"an id of its own; \"{owner.Token}\" in {owner.File} has it");
        _tokens[token.Content] = known is { Special: true } ? token with { Special = true } : token;
        _owners.TryAdd(token.Id, (token.Content, file));
    }

    /// <summary>Makes a token special, if it exists.</summary>
    public void MakeSpecial(string content)
    {
        if (_tokens.TryGetValue(content, out var token)) _tokens[content] = token with { Special = true };
    }
}
