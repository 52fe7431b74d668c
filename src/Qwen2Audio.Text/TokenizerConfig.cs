namespace Qwen2Audio.Text;

/// <summary>The content of tokenizer_config.json or, without it, of special_tokens_map.json.</summary>
internal sealed class TokenizerConfig
{
    // generic classes: the construction is described by tokenizer.json
    private static readonly string[] General = ["PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend", "PythonBackend"];
    private static readonly string[] Roles = ["eos_token", "bos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token"];
    private static readonly string[] RoleLists = ["additional_special_tokens", "extra_special_tokens"];

    private readonly List<(string Place, string Token)> _roles = [];
    private readonly List<(AddedToken Token, string Place)> _tokens = [];
    private string _file = "";
    private bool _beginsWithToken;

    /// <summary>tokenizer_class; null if absent.</summary>
    public string? Class { get; private set; }

    /// <summary>The file, for messages.</summary>
    public string File => _file;

    /// <summary>add_prefix_space.</summary>
    public bool PrefixSpace { get; private set; }

    /// <summary>Whether a tokenizer class is generic, so that tokenizer.json describes the construction.</summary>
    public static bool IsGeneral(string name) => General.Contains(name, StringComparer.Ordinal);

    /// <summary>Reads those of a folder's files that exist.</summary>
    /// <exception cref="TokenizerFileException">A file has an invalid form.</exception>
    public static TokenizerConfig Of(string folder)
    {
        var config = new TokenizerConfig { _file = Path.Combine(folder, "tokenizer_config.json") };
        if (System.IO.File.Exists(config._file)) JsonField.ReadFile(config._file, config.Read);
        // written by versions before added_tokens_decoder
        var map = Path.Combine(folder, "special_tokens_map.json");
        if (config._tokens.Count == 0 && System.IO.File.Exists(map)) JsonField.ReadFile(map, config.ReadRoles);
        return config;
    }

    /// <summary>Adds the tokens that it lists.</summary>
    public void AddTo(TokenizerParts parts)
    {
        foreach (var (token, place) in _tokens) parts.Added.Add(token, _file, place);
    }

    /// <summary>Makes the tokens special that it names as the end of text and the like.</summary>
    public void MakeSpecial(TokenizerParts parts)
    {
        foreach (var (place, token) in _roles)
        {
            if (AddedToken.IsControlName(token) && parts.Ids.TryGetValue(token, out var id)) parts.Added.Add(token, id, _file, place);
            parts.Added.MakeSpecial(token);
        }
    }

    /// <summary>Refuses other classes, tokens put before a text, and control tokens without an id.</summary>
    /// <exception cref="TokenizerFileException">There is one.</exception>
    public void Check(TokenizerParts parts, bool hasJson)
    {
        if (hasJson && Class is { } name && !IsGeneral(name)) TokenizerFamily.OfClass(name, _file, whisper: false);
        if (_beginsWithToken) throw new TokenizerFileException(_file, "add_bos_token", "true", "false (no token is put before a text)");
        if (hasJson && PrefixSpace) throw new TokenizerFileException(_file, "add_prefix_space", "true", "false, as tokenizer.json has it");
        foreach (var (place, token) in _roles)
            if (Roles.AsSpan(0, 4).Contains(place) && token.Length > 0 && !parts.Added.Tokens.ContainsKey(token) && !parts.Ids.ContainsKey(token))
                throw new TokenizerFileException(_file, place, $"\"{token}\", which has no id in any file", "a token of the tokenizer's files");
    }

    private bool Read(JsonField root)
    {
        if (!root.IsObject) throw root.Wrong("an object");
        Class = root["tokenizer_class"].TextOrNull();
        PrefixSpace = root["add_prefix_space"].Flag();
        _beginsWithToken = root["add_bos_token"].Flag();
        if (root["added_tokens_decoder"] is { IsAbsent: false } added)
        {
            foreach (var (name, _) in added.Members())
            {
                var entry = added[name];
                if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                    throw new TokenizerFileException(root.File, entry.Place, $"the name \"{name}\"", TokenizerLimits.IdRange);
                _tokens.Add((AddedTokens.Entry(entry, id), entry.Place));
            }
        }

        return ReadRoles(root);
    }

    private bool ReadRoles(JsonField root)
    {
        if (!root.IsObject) throw root.Wrong("an object");
        foreach (var name in Roles)
            if (!root[name].IsAbsent && _roles.All(known => known.Place != name)) _roles.Add((name, Content(root[name])));
        foreach (var name in RoleLists)
        {
            if (root[name] is not { IsAbsent: false } list) continue;
            // older files map model-specific names to tokens
            foreach (var token in list.IsObject ? list.Members().Select(member => list[member.Name]) : list.Items()) _roles.Add((name, Content(token)));
        }

        return true;
    }

    private static string Content(JsonField token) => token.IsText ? token.Text() : token["content"].Text();
}
