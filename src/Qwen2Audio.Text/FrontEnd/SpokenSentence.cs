namespace Qwen2Audio.Text.FrontEnd;

/// <summary>The pause after a word, from none to the longest.</summary>
public enum PhraseBreak
{
    /// <summary>No pause.</summary>
    None,

    /// <summary>A pause within a sentence: at a comma, colon, dash or bracket, or where a long sentence is divided.</summary>
    Comma,

    /// <summary>The end of a sentence.</summary>
    Sentence,

    /// <summary>The end of a paragraph: an empty line follows.</summary>
    Paragraph,
}

/// <summary>How a sentence ends.</summary>
public enum SentenceEnding
{
    /// <summary>With a full stop, or without a mark.</summary>
    Statement,

    /// <summary>With a question mark.</summary>
    Question,

    /// <summary>With an exclamation mark.</summary>
    Exclamation,

    /// <summary>It goes on in the next piece, since it is longer than <see cref="TextFrontEnd.MostCharacters"/>.</summary>
    Continued,
}

/// <summary>Where the phones of a word come from.</summary>
public enum PhoneSource
{
    /// <summary>The dictionary.</summary>
    Dictionary,

    /// <summary>The dictionary's pronunciation of another form of the word, by the rules of inflection.</summary>
    Inflection,

    /// <summary>The name of a letter.</summary>
    Letter,

    /// <summary>A guess from the letters.</summary>
    Guess,
}

/// <summary>A word as it is spoken.</summary>
/// <param name="Text">The normalised word: letters a–z in lower case, and apostrophes. "12" gives "twelve", "B" the letter "b".</param>
/// <param name="Phones">Its phones, at least one.</param>
/// <param name="Source">Where the phones come from.</param>
/// <param name="Break">The pause after it.</param>
/// <param name="Start">Where in the source the text begins that it was read from, in UTF-16 units from 0.</param>
/// <param name="Length">Length of that text in UTF-16 units. The words of one number share their place.</param>
public sealed record SpokenWord(string Text, IReadOnlyList<Phone> Phones, PhoneSource Source, PhraseBreak Break, long Start, int Length);

/// <summary>Something that a reader of the text would want to know about its spoken form.</summary>
/// <param name="Code">"not-spoken": text that has no spoken form here; "spelled": a word without pronunciation, which is spelled.</param>
/// <param name="Text">A message for people that names the text.</param>
/// <param name="Start">Where in the source the text begins, in UTF-16 units from 0.</param>
/// <param name="Length">Its length in UTF-16 units.</param>
public sealed record TextWarning(string Code, string Text, long Start, int Length);

/// <summary>A sentence, or a piece of a very long one. It may have no words, if nothing in it can be spoken.</summary>
/// <param name="Source">The sentence as it was written, without the white space around it.</param>
/// <param name="Start">Its place in the source, in UTF-16 units from 0.</param>
/// <param name="Ending">How it ends.</param>
/// <param name="Words">The words, in order.</param>
/// <param name="Warnings">What was not spoken, and why.</param>
public sealed record SpokenSentence(string Source, long Start, SentenceEnding Ending, IReadOnlyList<SpokenWord> Words, IReadOnlyList<TextWarning> Warnings);
