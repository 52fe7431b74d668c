using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Text units for tests: control tokens 0…8, then letters within a word and at its beginning, and a few whole words.</summary>
internal static class TinyText
{
    public static readonly string[] Controls =
        ["<|blank|>", "<|endoftext|>", "<|AUDIO|>", "<|go|>", "<|transcribe|>", "<|sound|>", "<|keyword|>", "<|digit|>", "<|speech|>"];

    public static BytePairTokenizer Tokenizer { get; } = Make();

    public static int[] Ids(string text) => Tokenizer.Encode(text);

    private static BytePairTokenizer Make()
    {
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        var merges = new List<string>();
        for (var letter = 'a'; letter <= 'z'; letter++) Add(letter.ToString());
        Add("Ġ");
        for (var letter = 'a'; letter <= 'z'; letter++) Merge("Ġ", letter.ToString());
        Merge("Ġo", "n");
        Merge("Ġon", "e");
        Merge("Ġt", "w");
        Merge("Ġtw", "o");
        var vocabulary = BytePairVocabulary.Parse(JsonSerializer.Serialize(tokens), "#version: 0.2\n" + string.Join('\n', merges) + "\n");
        return new BytePairTokenizer(vocabulary, new TokenizerOptions
        {
            AddedTokens = [.. Controls.Select(AddedToken.Control)],
            PrefixSpace = true,
        });

        void Add(string token) => tokens.Add(token, Controls.Length + tokens.Count);

        void Merge(string left, string right)
        {
            merges.Add($"{left} {right}");
            Add(left + right);
        }
    }
}
