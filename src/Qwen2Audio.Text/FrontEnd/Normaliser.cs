namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Turns a sentence into words: at each place the first rule that recognises something speaks it.</summary>
internal static class Normaliser
{
    private static readonly Rule[] ForLetters = [WebRules.Read, DateRules.Read, MoneyRules.Read, AbbreviationRules.Read, WordRules.Read];

    private static readonly Rule[] ForNumbers =
    [
        WebRules.Read, DateRules.Read, TimeRules.Read, TelephoneRules.Read, MoneyRules.Read, NumberRules.Read,
    ];

    /// <summary>Reads something at <see cref="Reading.At"/> and moves it on; otherwise returns false.</summary>
    private delegate bool Rule(Reading reading);

    /// <summary>The words of a sentence.</summary>
    /// <param name="sentence">The sentence.</param>
    /// <param name="knows">Whether the dictionary has a word.</param>
    /// <param name="options">Settings.</param>
    public static NormalSentence Read(SourceSentence sentence, Func<string, bool> knows, TextFrontEndOptions options)
    {
        var speakable = new SpeakableText(sentence.Text);
        var reading = new Reading(speakable, knows, options);
        while (reading.At < reading.Text.Length)
        {
            var c = reading.Text[reading.At];
            if (c == ' ') reading.Skip(reading.At + 1);
            else if (!(char.IsAsciiLetter(c) ? ForLetters : ForNumbers).Any(rule => rule(reading))) SymbolRules.Read(reading);
        }

        NormalWord[] words = [.. reading.Words];
        if (words.Length > 0) words[^1] = words[^1] with { Break = sentence.Break };
        var unspoken = speakable.Unspoken.Concat(reading.Unspoken.Select(part => speakable.Place(part.Start, part.End))).OrderBy(part => part.Start);
        return new NormalSentence(sentence, words, [.. unspoken.Select(part => UnspokenText.Warning(sentence, part.Start, part.End))]);
    }
}
