using Qwen2Audio.Formats;

namespace Qwen2Audio.Text;

/// <summary>The content of a folder's files, before the tokenizer is built.</summary>
/// <param name="VocabularyFile">The file with the tokens.</param>
/// <param name="Ids">Regular tokens.</param>
/// <param name="Merges">Merges by rank.</param>
/// <param name="Form">How text is split.</param>
/// <param name="Added">Added tokens.</param>
internal sealed record TokenizerParts(string VocabularyFile, Dictionary<string, int> Ids, MergeList Merges, TokenizerFamily Form, AddedTokens Added)
{
    public bool PrefixSpace { get; set; }

    /// <summary>Builds the tokenizer.</summary>
    /// <exception cref="TokenizerFileException">The parts do not agree, or do not have what the model needs.</exception>
    public BytePairTokenizer Build(TokenizerLoadOptions options)
    {
        LeaveOutAdded();
        CheckBytes(options);
        CheckIds(options);
        CheckMerges(options);
        try
        {
            return new BytePairTokenizer(new BytePairVocabulary(Ids, Merges.Merges, Merges.Ids), new TokenizerOptions
            {
                AddedTokens = [.. Added.Tokens.Values],
                PrefixSpace = PrefixSpace,
                Composed = Form.Composed,
                Pretokenizer = Form.Pretokenizer,
            });
        }
        catch (ArgumentException exception)
        {
            throw new TokenizerFileException(VocabularyFile, MessageText.Reason(exception), exception);
        }
    }

    // GPT-2's files list their control token among the regular tokens too
    private void LeaveOutAdded()
    {
        foreach (var (token, id) in Added.Tokens.Values)
        {
            if (!Ids.TryGetValue(token, out var regular)) continue;
            if (regular != id) throw new TokenizerFileException(VocabularyFile, $"token \"{token}\"", $"id {regular}", $"its id as an added token, {id}");
            Ids.Remove(token);
        }

        // the token without text is a regular one and decodes to nothing
        if (Added.WithoutText is not { } empty) return;
        if (Ids.TryGetValue("", out var known) && known != empty) throw new TokenizerFileException(VocabularyFile, "token \"\"", $"id {known}", $"its id as an added token, {empty}");
        Ids[""] = empty;
    }

    private void CheckBytes(TokenizerLoadOptions options)
    {
        if (options.PartialAlphabet || options.Whisper) return;
        var missing = Enumerable.Range(0, 256).Where(value => !Ids.ContainsKey(ByteSymbols.Of((byte)value).ToString())).ToList();
        if (missing.Count > 0)
            throw new TokenizerFileException(VocabularyFile, "tokens of single bytes",
                $"{missing.Count} missing, such as 0x{missing[0]:X2} (\"{ByteSymbols.Of((byte)missing[0])}\")", "all 256");
    }

    // published vocabularies may have tokens that no merge produces; without any merges, or in a folder written here, merges were lost
    private void CheckMerges(TokenizerLoadOptions options)
    {
        if (Merges.Ids.Count > 0 && !options.PartialAlphabet) return;
        var made = Merges.Ids.Select(merge => merge.Merged).ToHashSet();
        var orphans = Ids.Where(token => token.Key.Length > 1 && !made.Contains(token.Value)).Select(token => token.Key).Order(StringComparer.Ordinal).ToList();
        if (orphans.Count > 0)
            throw new TokenizerFileException(VocabularyFile, "merges", $"none that makes {orphans.Count} tokens of several symbols, such as \"{orphans[0]}\"",
                "a merge for each of them (merges.txt, or model.merges of tokenizer.json)");
    }

    private void CheckIds(TokenizerLoadOptions options)
    {
        var owners = new Dictionary<int, string>();
        foreach (var (token, id) in Ids) owners.Add(id, token);
        foreach (var (token, id) in Added.Tokens.Values)
            if (!owners.TryAdd(id, token))
                throw new TokenizerFileException(VocabularyFile, $"added token \"{token}\"", $"id {id}, which token \"{owners[id]}\" has", "an id of its own");
        // ids after the regular ones may have gaps, which are embedding rows without a token
        var last = Ids.Count == 0 ? -1 : Ids.Values.Max();
        if (last >= owners.Count || Enumerable.Range(0, last + 1).Any(id => !owners.ContainsKey(id)))
            throw new TokenizerFileException(VocabularyFile, "ids", $"no token with id {Enumerable.Range(0, last + 1).First(id => !owners.ContainsKey(id))}",
                $"a token for every id from 0 to {last}");
        if (options.EmbeddingRows is not { } rows) return;
        var (beyond, largest) = owners.Select(owner => (owner.Value, owner.Key)).MaxBy(owner => owner.Key);
        if (largest >= rows)
            throw new TokenizerFileException(VocabularyFile, $"token \"{beyond}\"", $"id {largest}", $"ids below the model's {rows} embedding rows");
    }
}
