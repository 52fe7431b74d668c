using System.Text.Encodings.Web;
using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>Reads a tokenizer from a folder in the published form, and gives the files' texts for one.</summary>
public static class TokenizerFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Reads <c>vocab.json</c>, <c>merges.txt</c> and, where there, <c>added_tokens.json</c> (else the <c>added_tokens_decoder</c> of
    /// <c>tokenizer_config.json</c>) and <c>add_prefix_space</c> of <c>tokenizer_config.json</c>.
    /// </summary>
    /// <exception cref="TokenizerFileException">A file is missing or not in the expected form.</exception>
    public static BytePairTokenizer Load(string folder)
    {
        var (vocab, merges) = (Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"));
        var vocabulary = BytePairVocabulary.Parse(Text(vocab), Text(merges), vocab, merges);
        var configPath = Path.Combine(folder, "tokenizer_config.json");
        using var config = File.Exists(configPath) ? TokenIdFile.ParseJson(Text(configPath), configPath) : null;
        var addedPath = Path.Combine(folder, "added_tokens.json");
        var options = new TokenizerOptions
        {
            ControlTokens = File.Exists(addedPath) ? TokenIdFile.Parse(Text(addedPath), addedPath) : AddedTokens(config, configPath),
            PrefixSpace = config is not null && config.RootElement.TryGetProperty("add_prefix_space", out var prefix)
                && prefix.ValueKind == JsonValueKind.True,
        };
        try
        {
            return new BytePairTokenizer(vocabulary, options);
        }
        catch (ArgumentException exception)
        {
            throw new TokenizerFileException(folder, exception.Message, exception);
        }
    }

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

    internal static Dictionary<string, int> AddedTokens(JsonDocument? config, string path)
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        if (config is null || !config.RootElement.TryGetProperty("added_tokens_decoder", out var added)) return tokens;
        foreach (var entry in added.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, out var id) || id < 0 || !entry.Value.TryGetProperty("content", out var content)
                || content.ValueKind != JsonValueKind.String || !tokens.TryAdd(content.GetString()!, id))
                throw new TokenizerFileException(path, $"added_tokens_decoder holds \"{entry.Name}\": {entry.Value.GetRawText()}; allowed: an id ≥ 0 with a \"content\" of its own.");
        }

        return tokens;
    }

    internal static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerFileException(path, exception.Message, exception);
        }
    }
}
