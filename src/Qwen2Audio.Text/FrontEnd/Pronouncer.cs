namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Gives the words of a sentence their phones.</summary>
internal sealed class Pronouncer(IPronunciations pronunciations)
{
    /// <summary>Whether the dictionary has a word.</summary>
    public bool Knows(string word) => word.Length <= TextFrontEnd.MostLetters && pronunciations.Find(word).Count > 0;

    /// <summary>The sentence with phones.</summary>
    public SpokenSentence Speak(NormalSentence sentence)
    {
        var words = new List<SpokenWord>();
        var source = sentence.Source;
        for (var i = 0; i < sentence.Words.Count; i++)
        {
            var word = sentence.Words[i];
            var (phones, from) = Phones(sentence, i);
            if (phones is not null) words.Add(new SpokenWord(word.Text, Stressed(phones), from, word.Break, source.Start + word.Start, word.Length));
            else Spell(word, source.Start, words, sentence.Warnings);
        }

        for (var i = 0; i + 1 < words.Count; i++)
            if (words[i] is { Text: "the", Break: PhraseBreak.None } article && words[i + 1].Phones[0].IsVowel) words[i] = article with { Phones = Stressed(Heteronyms.TheBeforeVowels) };
        return new SpokenSentence(source.Text, source.Start, source.Ending, words, sentence.Warnings);
    }

    private (IReadOnlyList<Phone>? Phones, PhoneSource From) Phones(NormalSentence sentence, int at)
    {
        var word = sentence.Words[at];
        if (word.IsLetter)
        {
            var name = LetterNames.Of(word.Text[0]);
            return (word.Text.Length > 1 ? Inflections.Sibilant(name) : name, PhoneSource.Letter);
        }

        if (Heteronyms.Find(sentence.Words, at) is { } chosen) return (chosen, PhoneSource.Dictionary);
        if (Known(word.Text) is { } known) return (known, PhoneSource.Dictionary);
        if (Inflections.Find(word.Text, Known) is { } inflected) return (inflected, PhoneSource.Inflection);
        return (Guess(word.Text), PhoneSource.Guess);
    }

    private IReadOnlyList<Phone>? Known(string word) => pronunciations.Find(word) is [var first, ..] ? first : null;

    // a possessive is that of the guessed word
    private IReadOnlyList<Phone>? Guess(string word) =>
        word.EndsWith("'s", StringComparison.Ordinal) && pronunciations.Guess(word[..^2]) is { Count: > 0 } stem ? Inflections.Sibilant(stem)
        : pronunciations.Guess(word.Replace("'", "", StringComparison.Ordinal)) is { Count: > 0 } found ? found : null;

    private IReadOnlyList<Phone> Stressed(IReadOnlyList<Phone> phones) =>
        pronunciations.HasStress || phones.All(phone => phone.Stress is null) ? phones : [.. phones.Select(phone => new Phone(phone.Name))];

    private void Spell(NormalWord word, long start, List<SpokenWord> words, List<TextWarning> warnings)
    {
        warnings.Add(new TextWarning("spelled", $"\"{word.Text}\" has no pronunciation, so its letters are spoken by their names", start + word.Start, word.Length));
        foreach (var letter in word.Text.Where(char.IsAsciiLetterLower))
            words.Add(new SpokenWord($"{letter}", Stressed(LetterNames.Of(letter)), PhoneSource.Letter, PhraseBreak.None, start + word.Start, word.Length));
        if (words.Count > 0) words[^1] = words[^1] with { Break = word.Break };
    }
}
