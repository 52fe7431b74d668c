using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>Reads a tokenizer from a folder in the published form, and gives the files' texts for one.</summary>
public static class TokenizerFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Reads <c>tokenizer.json</c>, or <c>vocab.json</c> with <c>merges.txt</c> where it is absent. Control tokens are the added tokens of
    /// <c>tokenizer.json</c>, <c>added_tokens.json</c> and the <c>added_tokens_decoder</c> of <c>tokenizer_config.json</c> together.
    /// </summary>
    /// <exception cref="TokenizerFileException">A file is missing or not in the expected form, or the files do not fit each other.</exception>
    public static BytePairTokenizer Load(string folder, TokenizerLoadOptions? options = null)
    {
        var chosen = options ?? new TokenizerLoadOptions();
        var configPath = Path.Combine(folder, "tokenizer_config.json");
        using var config = File.Exists(configPath) ? TokenIdFile.ParseJson(TokenizerText.Read(configPath), configPath) : null;
        if (config is not null && config.RootElement.ValueKind != JsonValueKind.Object)
            throw new TokenizerFileException(configPath, "$", TokenIdFile.Short(config.RootElement), "an object");
        var json = Path.Combine(folder, "tokenizer.json");
        var parts = File.Exists(json) ? TokenizerJson.Read(json, chosen) : Separate(folder, config, configPath, chosen);
        var addedPath = Path.Combine(folder, "added_tokens.json");
        if (File.Exists(addedPath))
            foreach (var (token, id) in TokenIdFile.Parse(TokenizerText.Read(addedPath), addedPath)) parts.Added.Add(token, id, addedPath, $"token \"{token}\"");
        if (config is not null)
        {
            AddDecoder(config.RootElement, configPath, parts.Added);
            TokenizerSettings.Check(config.RootElement, configPath, parts, File.Exists(json));
        }

        if (chosen.Whisper) WhisperAdditions.Add(parts);
        return parts.Build(chosen);
    }

    /// <summary>Names of the files from which <see cref="Load"/> can read a folder's vocabulary that are missing; empty when it can.</summary>
    public static IReadOnlyList<string> Missing(string folder) => File.Exists(Path.Combine(folder, "tokenizer.json")) ? []
        : [.. new[] { "vocab.json", "merges.txt" }.Where(name => !File.Exists(Path.Combine(folder, name)))];

    /// <summary>File name → text of the four files that <see cref="Load"/> reads; writing them is the caller's part.</summary>
    public static IReadOnlyDictionary<string, string> Texts(BytePairTokenizer tokenizer) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["vocab.json"] = tokenizer.Vocabulary.ToVocabJson(),
        ["merges.txt"] = tokenizer.Vocabulary.ToMergesText(),
        ["added_tokens.json"] = JsonSerializer.Serialize(
            tokenizer.ControlTokens.OrderBy(pair => pair.Value).ToDictionary(pair => pair.Key, pair => pair.Value), Indented) + "\n",
        ["tokenizer_config.json"] = JsonSerializer.Serialize(
            new Dictionary<string, object>(StringComparer.Ordinal) { ["add_prefix_space"] = tokenizer.PrefixSpace, ["tokenizer_class"] = "Qwen2Tokenizer" }, Indented) + "\n",
    };

    private static TokenizerParts Separate(string folder, JsonDocument? config, string configPath, TokenizerLoadOptions options)
    {
        var (vocab, merges) = (Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"));
        if (!File.Exists(vocab) || !File.Exists(merges))
            throw new TokenizerFileException(folder, "folder", File.Exists(vocab) ? "vocab.json without merges.txt" : File.Exists(merges) ? "merges.txt without vocab.json" : "no tokenizer",
                "tokenizer.json, or vocab.json with merges.txt");
        var form = TokenizerForm.OfClass(config is null ? null : TokenizerJson.Text(config.RootElement, "tokenizer_class"), configPath, options.Whisper);
        var (ids, list) = BytePairVocabulary.ParseParts(TokenizerText.Read(vocab), TokenizerText.Read(merges), vocab, merges);
        return new TokenizerParts(vocab, ids, list, form, new AddedTokens(options.Whisper))
        {
            PrefixSpace = config is not null && TokenizerJson.IsTrue(config.RootElement, "add_prefix_space"),
        };
    }

    private static void AddDecoder(JsonElement config, string path, AddedTokens tokens)
    {
        if (!config.TryGetProperty("added_tokens_decoder", out var added) || added.ValueKind == JsonValueKind.Null) return;
        if (added.ValueKind != JsonValueKind.Object) throw new TokenizerFileException(path, "added_tokens_decoder", TokenIdFile.Short(added), "an object");
        foreach (var entry in added.EnumerateObject())
        {
            var place = $"added_tokens_decoder.{entry.Name}";
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                throw new TokenizerFileException(path, place, $"the name \"{entry.Name}\"", "an id ≥ 0 and < 2^31");
            tokens.Add(entry.Value, id, path, place);
        }
    }
}
