using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Synthesis;

/// <summary>A sentence as the model's phones.</summary>
internal static class SpokenPhones
{
    /// <summary>Ids of the phone set, with silence (0) at the beginning, at each pause and at the end; empty for a sentence without words.</summary>
    public static int[] Of(SpokenSentence sentence)
    {
        if (sentence.Words.Count == 0) return [];
        List<int> phones = [0];
        foreach (var word in sentence.Words)
        {
            phones.AddRange(word.Phones.Select(phone => PhoneSet.Id(phone.Name)));
            if (word.Break != PhraseBreak.None) phones.Add(0);
        }

        if (phones[^1] != 0) phones.Add(0);
        return [.. phones];
    }
}
