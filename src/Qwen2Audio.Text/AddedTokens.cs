using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>Control tokens from one or several files, which must agree; with <paramref name="mayBeEmpty"/> one may be without text.</summary>
internal sealed class AddedTokens(bool mayBeEmpty = false)
{
    private readonly Dictionary<int, (string Token, string File)> _owners = [];

    public Dictionary<string, int> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>Id of the token without text, which is none of <see cref="Ids"/>; null: there is none.</summary>
    public int? WithoutText { get; private set; }

    /// <summary>An entry of added_tokens or added_tokens_decoder: an object with a content, which stands for itself.</summary>
    public void Add(JsonElement entry, int id, string file, string place)
    {
        if (TokenizerJson.Text(entry, "content") is not { } content)
            throw new TokenizerFileException(file, place, "no content", "a text as the content");
        foreach (var name in (ReadOnlySpan<string>)["lstrip", "rstrip", "single_word"])
            if (TokenizerJson.IsTrue(entry, name)) throw new TokenizerFileException(file, $"{place}.{name}", "true", "false");
        Add(content, id, file, place);
    }

    /// <summary>A token; one that was added before with the same id counts once.</summary>
    /// <exception cref="TokenizerFileException">It is empty, or its text or id belongs to another token.</exception>
    public void Add(string token, int id, string file, string place)
    {
        if (token.Length == 0 && (!mayBeEmpty || (WithoutText ?? id) != id)) throw new TokenizerFileException(file, place, "an empty token", "a text of at least one character");
        if (id < 0) throw new TokenizerFileException(file, place, $"id {id}", "an integer ≥ 0 and < 2^31");
        if (token.Length == 0)
        {
            WithoutText = id;
            return;
        }

        if (Ids.Count == TokenizerLimits.Entries) throw new TokenizerFileException(file, place, "one token too many", $"at most {TokenizerLimits.Entries}");
        if (Ids.TryGetValue(token, out var known) && known != id)
            throw new TokenizerFileException(file, place, $"\"{token}\" with id {id}", $"its id {known} in {_owners[known].File}");
        if (_owners.TryGetValue(id, out var owner) && !string.Equals(owner.Token, token, StringComparison.Ordinal))
            throw new TokenizerFileException(file, place, $"\"{token}\" with id {id}", $"an id of its own; \"{owner.Token}\" in {owner.File} has it");
        Ids[token] = id;
        _owners.TryAdd(id, (token, file));
    }
}
