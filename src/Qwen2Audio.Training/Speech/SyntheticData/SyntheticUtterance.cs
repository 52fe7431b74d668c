using System.Security.Cryptography;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>One clip to synthesise: its text, voice and file.</summary>
internal sealed record SyntheticUtterance(string Dataset, DatasetKind Kind, int Index, string Text, string Spoken, SyntheticVoice Voice)
{
    private const double CommaShare = 0.35;

    /// <summary>
    /// Path within the corpus folder. The name has a hash of text and voice, so an existing file has the right content.
    /// </summary>
    public string File
    {
        get
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Spoken}|{Voice.Settings}"));
            return $"{SpeechDatasets.Name(Kind)}/{Index:D5}-{Voice.Speaker}-{Convert.ToHexStringLower(hash)[..8]}.wav";
        }
    }

    /// <summary>All clips of a corpus, as a pure function of the options.</summary>
    public static IReadOnlyList<SyntheticUtterance> Plan(SyntheticSpeechOptions options)
    {
        var texts = new SpelledTexts(options.Transcripts);
        var plan = new List<SyntheticUtterance>();
        foreach (var set in options.Sets)
        {
            for (var i = 0; i < set.Clips; i++)
            {
                var random = new CounterRandom(options.Seed + Stream(set.Kind), (ulong)i);
                var text = set.Kind switch
                {
                    DatasetKind.Spelled => texts.Draw(ref random),
                    DatasetKind.Digits => Digits(ref random),
                    _ => options.KeywordTexts[i % options.KeywordTexts.Count],
                };
                var voice = SyntheticVoice.Draw(ref random);
                var separator = set.Kind != DatasetKind.Keywords && random.Chance(CommaShare) ? ", " : " ";
                plan.Add(new SyntheticUtterance(set.Dataset, set.Kind, i, text, voice.Spoken(text, separator), voice));
            }
        }

        return plan;
    }

    private static ulong Stream(DatasetKind kind) => kind switch
    {
        DatasetKind.Spelled => 0,
        DatasetKind.Digits => 1,
        DatasetKind.Keywords => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No clips of this kind can be made."),
    };

    private static string Digits(ref CounterRandom random)
    {
        var count = random.Chance(0.4) ? random.Between(2, 5) : 1;
        var digits = new string[count];
        foreach (ref var digit in digits.AsSpan()) digit = random.Pick(SpokenNumbers.Digits);
        return string.Join(' ', digits);
    }
}
