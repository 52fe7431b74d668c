namespace Qwen2Audio.Training.Tests.Recipes;

/// <summary>Valid texts with small mutations, the same for the same seed. QWEN2AUDIO_FUZZ sets their number.</summary>
internal static class MutatedTexts
{
    public static IEnumerable<string> Of(IReadOnlyList<string> good, IReadOnlyList<string> tokens, int seed, int count)
    {
        var random = new Random(seed);
        if (int.TryParse(Environment.GetEnvironmentVariable("QWEN2AUDIO_FUZZ"), out var asked)) count = asked;
        for (var round = 0; round < count; round++)
        {
            var text = new StringBuilder(good[random.Next(good.Count)]);
            for (var change = random.Next(1, 5); change > 0 && text.Length > 0; change--)
            {
                var at = random.Next(text.Length);
                var length = Math.Min(random.Next(1, 20), text.Length - at);
                switch (random.Next(4))
                {
                    case 0: text.Remove(at, length); break;
                    case 1: text.Insert(at, tokens[random.Next(tokens.Count)]); break;
                    case 2: text.Insert(at, text.ToString(at, length)); break;
                    case 3: text[at] = (char)random.Next(256); break;
                }
            }

            yield return text.ToString();
        }
    }
}
