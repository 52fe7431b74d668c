using System.Text.Encodings.Web;
using System.Text.Json;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Text;

/// <summary>Reads a tokenizer from a folder in the published format, and produces the texts of its files.</summary>
public static class TokenizerFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Reads <c>tokenizer.json</c> or, if it is absent, <c>vocab.json</c> and <c>merges.txt</c>. Added tokens are the union of those in
    /// <c>tokenizer.json</c>, of the <c>added_tokens_decoder</c> of <c>tokenizer_config.json</c> and of <c>added_tokens.json</c> together.
    /// </summary>
    /// <exception cref="TokenizerFileException">A file is missing or invalid, or the files do not agree.</exception>
    public static BytePairTokenizer Load(string folder, TokenizerLoadOptions? options = null)
    {
        var chosen = options ?? new TokenizerLoadOptions();
        var config = TokenizerConfig.Of(folder);
        var json = Path.Combine(folder, "tokenizer.json");
        var parts = File.Exists(json) ? TokenizerJson.Read(json, chosen) : Separate(folder, config, chosen);
        config.AddTo(parts);
        var addedPath = Path.Combine(folder, "added_tokens.json");
        if (File.Exists(addedPath))
            foreach (var (token, id) in TokenIdFile.Parse(TokenizerText.Read(addedPath), addedPath)) parts.Added.Add(token, id, addedPath, $"token \"{token}\"");
        config.MakeSpecial(parts);
        config.Check(parts, File.Exists(json));
        if (chosen.Whisper) WhisperAdditions.Add(parts);
        // text in a conversation must never become a control token of its template, whatever a file says about them
        foreach (var name in ControlNames.All) parts.Added.MakeSpecial(name);
        return parts.Build(chosen);
    }

    /// <summary>Names of missing files that <see cref="Load"/> needs for a folder's vocabulary; empty if it can be read.</summary>
    public static IReadOnlyList<string> Missing(string folder) => File.Exists(Path.Combine(folder, "tokenizer.json")) ? []
        : [.. new[] { "vocab.json", "merges.txt" }.Where(name => !File.Exists(Path.Combine(folder, name)))];

    /// <summary>File name → text of the four files that <see cref="Load"/> reads; the caller writes them.</summary>
    public static IReadOnlyDictionary<string, string> Texts(BytePairTokenizer tokenizer) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["vocab.json"] = tokenizer.Vocabulary.ToVocabJson(),
        ["merges.txt"] = tokenizer.Vocabulary.ToMergesText(),
        ["added_tokens.json"] = JsonSerializer.Serialize(
            tokenizer.AddedTokens.OrderBy(token => token.Id).ToDictionary(token => token.Content, token => token.Id), Indented) + "\n",
        ["tokenizer_config.json"] = JsonSerializer.Serialize(Config(tokenizer), Indented) + "\n",
    };

    private static TokenizerParts Separate(string folder, TokenizerConfig config, TokenizerLoadOptions options)
    {
        var (vocab, merges) = (Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"));
        if (!File.Exists(vocab) || !File.Exists(merges))
            throw new TokenizerFileException(folder, "folder", File.Exists(vocab) ? "vocab.json without merges.txt" : File.Exists(merges) ? "merges.txt without vocab.json" : "no tokenizer",
                "tokenizer.json, or vocab.json with merges.txt");
        var form = TokenizerFamily.OfClass(config.Class, config.File, options.Whisper);
        var (ids, list) = BytePairVocabulary.ParseParts(TokenizerText.Read(vocab), TokenizerText.Read(merges), vocab, merges);
        return new TokenizerParts(vocab, ids, list, form, new AddedTokens(options.Whisper)) { PrefixSpace = config.PrefixSpace };
    }

    private static Dictionary<string, object> Config(BytePairTokenizer tokenizer)
    {
        var config = new Dictionary<string, object>(StringComparer.Ordinal) { ["add_prefix_space"] = tokenizer.PrefixSpace, ["tokenizer_class"] = "Qwen2Tokenizer" };
        // if all added tokens are ordinary control tokens, added_tokens.json is enough
        if (tokenizer.AddedTokens.Any(token => !AddedToken.IsControlName(token.Content) || token != AddedToken.Control(token.Content, token.Id)))
            config["added_tokens_decoder"] = tokenizer.AddedTokens.OrderBy(token => token.Id).ToDictionary(token => token.Id.ToString(CultureInfo.InvariantCulture), Decoder);
        return config;
    }

    private static object Decoder(AddedToken token) => new
    {
        content = token.Content,
        lstrip = token.LeftStrip,
        normalized = token.Normalized,
        rstrip = token.RightStrip,
        single_word = token.SingleWord,
        special = token.Special,
    };
}
