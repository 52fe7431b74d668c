using System.Text.Json;

namespace Qwen2Audio.Text;

/// <summary>Settings of tokenizer_config.json that would make other tokens than those that are made here.</summary>
internal static class TokenizerSettings
{
    // a class that says nothing about the construction: tokenizer.json does
    private static readonly string[] General = ["PreTrainedTokenizer", "PreTrainedTokenizerFast"];

    /// <summary>Refuses other classes, tokens put before a text, and control tokens that no file has.</summary>
    /// <exception cref="TokenizerFileException">There is one.</exception>
    public static void Check(JsonElement config, string path, TokenizerParts parts, bool hasJson)
    {
        if (hasJson && TokenizerJson.Text(config, "tokenizer_class") is { } name && !General.Contains(name, StringComparer.Ordinal)) TokenizerForm.OfClass(name, path, whisper: false);
        if (TokenizerJson.IsTrue(config, "add_bos_token")) throw new TokenizerFileException(path, "add_bos_token", "true", "false (no token is put before a text)");
        if (hasJson && TokenizerJson.IsTrue(config, "add_prefix_space")) throw new TokenizerFileException(path, "add_prefix_space", "true", "false, as tokenizer.json has it");
        foreach (var place in (ReadOnlySpan<string>)["eos_token", "bos_token", "pad_token", "unk_token"])
        {
            if (!config.TryGetProperty(place, out var given)) continue;
            var token = given.ValueKind == JsonValueKind.String ? given.GetString() : TokenizerJson.Text(given, "content");
            if (string.IsNullOrEmpty(token) || parts.Added.Ids.ContainsKey(token) || parts.Ids.ContainsKey(token)) continue;
            throw new TokenizerFileException(path, place, $"\"{token}\", which no file gives an id", "a token of the tokenizer's files");
        }
    }
}
