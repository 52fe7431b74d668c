namespace Qwen2Audio.Text.FrontEnd;

/// <summary>How words are pronounced: a dictionary and, for words that it lacks, a guess. May be called by several threads.</summary>
public interface IPronunciations
{
    /// <summary>Whether the phones have stress. If not, the front end's own rules leave it out too.</summary>
    bool HasStress { get; }

    /// <summary>The dictionary's pronunciations of a word, the preferred one first; none if it lacks the word.</summary>
    /// <param name="word">Letters a–z and apostrophes.</param>
    IReadOnlyList<IReadOnlyList<Phone>> Find(string word);

    /// <summary>A guess from the letters; null if it has none.</summary>
    /// <param name="word">Letters a–z and apostrophes, at most <see cref="TextFrontEnd.MostLetters"/>.</param>
    IReadOnlyList<Phone>? Guess(string word);
}
