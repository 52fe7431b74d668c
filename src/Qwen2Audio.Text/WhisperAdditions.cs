
namespace Qwen2Audio.Text;

/// <summary>Added tokens that Whisper's older folders do not list.</summary>
internal static class WhisperAdditions
{
    private const string NoTimestamps = "<|notimestamps|>";
    private const int Timestamps = 1501; // 0.00 to 30.00

    /// <summary>Makes every token of the form <c>&lt;|…|&gt;</c> a control token; timestamps that no file lists follow the last of them.</summary>
    /// <exception cref="TokenizerFileException">An id that they need belongs to another token.</exception>
    public static void Add(TokenizerParts parts)
    {
        foreach (var (token, id) in parts.Ids)
            if (AddedToken.IsControlName(token)) parts.Added.Add(token, id, parts.VocabularyFile, $"token \"{token}\"");
        // published files do not mark timestamps as special
        foreach (var token in parts.Added.Tokens.Keys.Where(AddedToken.IsControlName).ToList()) parts.Added.MakeSpecial(token);
        if (!parts.Added.Tokens.TryGetValue(NoTimestamps, out var last) || parts.Added.Tokens.ContainsKey("<|0.00|>")) return;
        for (var i = 0; i < Timestamps; i++)
        {
            var token = $"<|{i * 0.02:0.00}|>";
            parts.Added.Add(token, last.Id + 1 + i, parts.VocabularyFile, $"timestamp {token} after {NoTimestamps}");
        }
    }
}
