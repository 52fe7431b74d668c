namespace Qwen2Audio.Text.FrontEnd;

/// <summary>A sentence while rules turn it into words: what they read, what they have said so far, and what they may ask about the context.</summary>
internal sealed class Reading(SpeakableText speakable, Func<string, bool> knows, TextFrontEndOptions options)
{
    private readonly List<NormalWord> _words = [];

    /// <summary>The characters.</summary>
    public string Text { get; } = speakable.Text;

    /// <summary>Where the next rule begins.</summary>
    public int At { get; private set; }

    /// <summary>Settings.</summary>
    public TextFrontEndOptions Options => options;

    /// <summary>What was said so far.</summary>
    public IReadOnlyList<NormalWord> Words => _words;

    /// <summary>Parts of <see cref="Text"/> that a rule could not speak.</summary>
    public List<(int Start, int End)> Unspoken { get; } = [];

    /// <summary>Whether capital letters say nothing, since nearly all letters are capitals.</summary>
    public bool IsAllCapitals { get; } = speakable.Text.Count(char.IsAsciiLetter) >= 12 && speakable.Text.Count(char.IsAsciiLetterUpper) > 0.8 * speakable.Text.Count(char.IsAsciiLetter);

    /// <summary>Whether there is an equals sign, so that a hyphen between numbers is a minus.</summary>
    public bool IsEquation { get; } = speakable.Text.Contains('=', StringComparison.Ordinal);

    /// <summary>Whether the dictionary has a word.</summary>
    public bool Knows(string word) => knows(word);

    /// <summary>A character, or NUL outside of the text.</summary>
    public char this[int at] => at >= 0 && at < Text.Length ? Text[at] : '\0';

    /// <summary>Says words that are separated by spaces; a comma after a word is a pause, and "x." the name of the letter x. They stand for the text from <see cref="At"/>.</summary>
    public void Say(string words, int end)
    {
        var (start, stop) = speakable.Place(At, end);
        foreach (var part in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var pause = part[^1] == ',';
            var word = pause ? part[..^1] : part;
            var isLetter = word[^1] == '.';
            _words.Add(new NormalWord(isLetter ? word[..^1] : word, isLetter, start, stop - start, pause ? PhraseBreak.Comma : PhraseBreak.None));
        }

        At = end;
    }

    /// <summary>Goes on without saying anything.</summary>
    public void Skip(int end) => At = end;

    /// <summary>A pause after the last word.</summary>
    public void Pause()
    {
        if (_words.Count > 0 && _words[^1].Break == PhraseBreak.None) _words[^1] = _words[^1] with { Break = PhraseBreak.Comma };
    }

    /// <summary>Adds an ending to the last word, as "'s".</summary>
    public void Append(string ending, int end)
    {
        if (_words.Count > 0) _words[^1] = _words[^1] with { Text = _words[^1].Text + ending };
        At = end;
    }

    /// <summary>The letters of the word that ends before a place, past spaces; empty if there is something else.</summary>
    public string WordBefore(int at)
    {
        var end = at;
        while (end > 0 && Text[end - 1] == ' ') end--;
        var start = end;
        while (start > 0 && end - start < TextFrontEnd.MostLetters && char.IsAsciiLetter(Text[start - 1])) start--;
        return Text[start..end];
    }

    /// <summary>The letters of the word that begins at a place, past spaces; empty if there is something else.</summary>
    public string WordAfter(int at)
    {
        var start = at;
        while (this[start] == ' ') start++;
        var end = start;
        while (end - start < TextFrontEnd.MostLetters && char.IsAsciiLetter(this[end])) end++;
        return Text[start..end];
    }

    /// <summary>Whether "a" or "an" comes before, so that a number with a unit is an adjective: a five kilometer run.</summary>
    public bool IsAfterArticle => WordBefore(At) is "a" or "an" or "A" or "An" && this[At - 1] == ' ';

    /// <summary>How letters are said by name: "b. b. c.".</summary>
    public static string Spelled(string letters) => string.Join(' ', letters.Where(char.IsAsciiLetter).Select(letter => $"{char.ToLowerInvariant(letter)}."));
}
