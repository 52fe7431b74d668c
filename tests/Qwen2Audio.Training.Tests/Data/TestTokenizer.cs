using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Training.Tests.Data;

/// <summary>A tokenizer with the 256 bytes, a token for two line feeds, and the control tokens.</summary>
internal static class TestTokenizer
{
    private static IEnumerable<string> Symbols()
    {
        for (int value = 0, moved = 0x100; value < 256; value++)
            yield return ((char)(value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? value : moved++)).ToString();
    }

    public static BytePairTokenizer Make()
    {
        const string lineFeed = "\u010A"; // as which vocabularies write it
        string[] controls = [ControlNames.EndOfText, ControlNames.TurnStart, ControlNames.TurnEnd, ControlNames.Audio, ControlNames.AudioStart, ControlNames.AudioEnd];
        var vocabulary = new BytePairVocabulary(Symbols().Append(lineFeed + lineFeed), [(lineFeed, lineFeed)]);
        return new BytePairTokenizer(vocabulary, new TokenizerOptions { AddedTokens = [.. controls.Select((name, i) => AddedToken.Control(name, 257 + i))] });
    }
}
