using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>
/// Texts like those of AN4: spelled names, random letters, digits, letters with numbers, dates, control words, numbers, and new
/// combinations of the training transcripts' words by a trigram model.
/// </summary>
internal sealed class SpelledTexts
{
    private static readonly string[] Controls = ["yes", "no", "stop", "go", "start", "help", "repeat"];

    private static readonly (double Share, Kind Kind)[] Shares =
    [
        (0.28, Kind.Name), (0.14, Kind.Letters), (0.14, Kind.Digits), (0.10, Kind.LettersAndNumber),
        (0.14, Kind.Date), (0.13, Kind.Control), (0.07, Kind.Number),
    ];

    private readonly TrigramModel _words;
    private readonly TrigramModel _names;

    /// <param name="transcripts">Normalised training transcripts; without any, nothing is recombined.</param>
    public SpelledTexts(IReadOnlyList<string> transcripts)
    {
        _words = new TrigramModel(transcripts, text => text.Split(' '));
        var spelled = transcripts.Where(text => text.Length > 4 && text.Split(' ').All(word => word.Length == 1)).Select(text => text.Replace(" ", "", StringComparison.Ordinal));
        _names = new TrigramModel([.. SpellingNames.All.Select(name => name.Replace(" ", "", StringComparison.Ordinal)), .. spelled], Letters);
    }

    private enum Kind
    {
        Name,
        Letters,
        Digits,
        LettersAndNumber,
        Date,
        Control,
        Number,
    }

    /// <summary>A text of 1…16 words.</summary>
    public string Draw(ref CounterRandom random)
    {
        if (!_words.IsEmpty && random.Chance(0.15) && _words.Draw(ref random, 12) is { Count: > 0 } words) return string.Join(' ', words);
        var place = random.NextDouble();
        foreach (var (share, kind) in Shares)
        {
            if (place < share) return Draw(kind, ref random);
            place -= share;
        }

        return Draw(Kind.Name, ref random);
    }

    private static IEnumerable<string> Letters(string word) => word.Select(letter => letter.ToString());

    private static string Spell(string word) => string.Join(' ', Letters(word.Replace(" ", "", StringComparison.Ordinal)));

    private static string RandomLetters(ref CounterRandom random, int from, int to)
    {
        var letters = new StringBuilder();
        for (var count = random.Between(from, to); count > 0; count--) letters.Append((char)('a' + random.NextInt(26)));
        return Spell(letters.ToString());
    }

    private static string RandomDigits(ref CounterRandom random, int count)
    {
        var digits = new char[count];
        for (var i = 0; i < count; i++) digits[i] = (char)('0' + random.NextInt(10));
        return SpokenNumbers.OneByOne(new string(digits), random.Chance(0.5) ? "oh" : "zero");
    }

    private static string Number(ref CounterRandom random) => random.NextInt(7) switch
    {
        0 => SpokenNumbers.Below100(random.NextInt(100)),
        1 => SpokenNumbers.Below100(random.NextInt(100)),
        2 => $"{SpokenNumbers.Digits[random.Between(1, 9)]} {SpokenNumbers.SecondHalf(random.NextInt(100))}",
        3 => $"{SpokenNumbers.Below100(random.Between(10, 99))} {SpokenNumbers.SecondHalf(random.NextInt(100))}",
        4 => RandomDigits(ref random, random.Between(1, 4)),
        5 => SpokenNumbers.Cardinal(random.NextInt(10000)),
        _ => $"{SpokenNumbers.Digits[random.Between(1, 9)]} {(random.Chance(0.5) ? "hundred" : "thousand")}",
    };

    private static string Date(ref CounterRandom random)
    {
        var year = SpokenNumbers.SecondHalf(random.Between(1, 99));
        var day = random.Between(1, 31);
        var written = random.Chance(0.75) ? SpokenNumbers.Ordinal(day) : SpokenNumbers.Below100(day);
        return random.NextInt(6) switch
        {
            0 => $"{SpokenNumbers.Below100(random.Between(1, 12))} {SpokenNumbers.Below100(day)} {year}",
            1 => $"{random.Pick(SpokenNumbers.Months)} {written}",
            2 => $"{random.Pick(SpokenNumbers.Months)} {written} {year}",
            3 => $"{SpokenNumbers.Ordinal(day)} of {random.Pick(SpokenNumbers.Months)} nineteen {year}",
            _ => $"{random.Pick(SpokenNumbers.Months)} {written} nineteen {year}",
        };
    }

    private static string Control(ref CounterRandom random) => random.NextInt(4) switch
    {
        0 => random.Pick(Controls),
        1 => $"enter {Number(ref random)}",
        2 => $"erase {RandomLetters(ref random, 3, 6)} {Number(ref random)}",
        _ => $"rubout {RandomLetters(ref random, 3, 6)} {Number(ref random)}",
    };

    private string Draw(Kind kind, ref CounterRandom random) => kind switch
    {
        Kind.Letters => RandomLetters(ref random, 2, 7),
        Kind.Digits => random.Chance(0.08) ? $"area code {RandomDigits(ref random, 3)}" : RandomDigits(ref random, random.Between(3, 7)),
        Kind.LettersAndNumber => $"{RandomLetters(ref random, 3, 6)} {Number(ref random)}",
        Kind.Date => Date(ref random),
        Kind.Control => Control(ref random),
        Kind.Number => Number(ref random),
        _ => random.Chance(0.3) ? string.Join(' ', Invent(ref random)) : Spell(random.Pick(SpellingNames.All)),
    };

    private List<string> Invent(ref CounterRandom random)
    {
        for (var trial = 0; trial < 8; trial++)
            if (_names.Draw(ref random, 12) is { Count: >= 3 } letters) return letters;
        return [.. Letters(random.Pick(SpellingNames.All).Replace(" ", "", StringComparison.Ordinal))];
    }
}
