using System.Security.Cryptography;
using System.Text;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.Synthesis;

/// <summary>One clip to make: its text, its voice and its file.</summary>
internal sealed record SyntheticUtterance(string Dataset, int Index, string Text, string Spoken, SyntheticVoice Voice)
{
    private const double CommaShare = 0.35;

    /// <summary>
    /// Path below the corpus folder. The name holds a hash of text and voice, so a file that is there has the wanted content.
    /// </summary>
    public string File
    {
        get
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Spoken}|{Voice.Settings}"));
            return $"{Dataset["synthetic-".Length..]}/{Index:D5}-{Voice.Speaker}-{Convert.ToHexStringLower(hash)[..8]}.wav";
        }
    }

    /// <summary>All clips of a corpus: a pure function of the options.</summary>
    public static IReadOnlyList<SyntheticUtterance> Plan(SyntheticSpeechOptions options)
    {
        var texts = new SpelledTexts(options.Transcripts);
        var plan = new List<SyntheticUtterance>(options.Spelled + options.Digits + options.Keywords);
        for (var i = 0; i < options.Spelled; i++)
        {
            var random = new CounterRandom(options.Seed, (ulong)i);
            plan.Add(Make("synthetic-an4", i, texts.Draw(ref random), ref random));
        }

        for (var i = 0; i < options.Digits; i++)
        {
            var random = new CounterRandom(options.Seed + 1, (ulong)i);
            var count = random.Chance(0.4) ? random.Between(2, 5) : 1;
            var digits = new string[count];
            foreach (ref var digit in digits.AsSpan()) digit = random.Pick(SpokenNumbers.Digits);
            plan.Add(Make("synthetic-digits", i, string.Join(' ', digits), ref random));
        }

        for (var i = 0; i < options.Keywords; i++)
        {
            var random = new CounterRandom(options.Seed + 2, (ulong)i);
            plan.Add(Make("synthetic-keywords", i, options.KeywordTexts[i % options.KeywordTexts.Count], ref random));
        }

        return plan;
    }

    private static SyntheticUtterance Make(string dataset, int index, string text, ref CounterRandom random)
    {
        var voice = SyntheticVoice.Draw(ref random);
        var separator = dataset != "synthetic-keywords" && random.Chance(CommaShare) ? ", " : " ";
        return new SyntheticUtterance(dataset, index, text, voice.Spoken(text, separator), voice);
    }
}
