using System.Buffers;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>
/// Divides text that comes in pieces into sentences. A decision looks a limited number of characters ahead and waits for them, so that the result does not depend on the pieces.
/// </summary>
internal sealed class SentenceSplitter
{
    private const int MostMarks = 64; // in a row
    private const int MostClosers = 16;
    private const int MostSpaces = 64; // more of them end a sentence
    private const int LongestNext = 24; // characters of the next word that are looked at
    private const int LongestRun = 1 << 24; // letters without anything between them

    private static readonly SearchValues<char> Closers = SearchValues.Create("\"'”’)]}»*_");
    private static readonly SearchValues<char> Openers = SearchValues.Create("\"'“‘([{«*_¿¡");

    private char[] _text = [];
    private int _from;
    private int _at;
    private int _end;
    private long _before; // UTF-16 units that came before _text

    private enum Decision
    {
        No,
        Yes,
        Wait,
    }

    /// <summary>Adds a piece.</summary>
    public void Add(string piece)
    {
        if (_end + piece.Length > _text.Length)
        {
            var text = _text.Length >= 2 * (_end - _from + piece.Length) ? _text : new char[Math.Max(1024, 2 * (_end - _from + piece.Length))];
            _text.AsSpan(_from, _end - _from).CopyTo(text);
            (_before, _at, _end, _from, _text) = (_before + _from, _at - _from, _end - _from, 0, text);
        }

        piece.CopyTo(_text.AsSpan(_end));
        _end += piece.Length;
    }

    /// <summary>The next complete sentence; null if more text is needed, or if there is none.</summary>
    /// <param name="isEnd">No more text will come.</param>
    public SourceSentence? Next(bool isEnd)
    {
        for (; _from < _end && char.IsWhiteSpace(_text[_from]); _from++)
        {
        }

        for (_at = Math.Max(_at, _from); _at < _end; _at++)
        {
            var c = _text[_at];
            if (_at - _from >= TextFrontEnd.MostCharacters && Cut(c) is { } cut) return Take(cut, cut, PhraseBreak.Comma, SentenceEnding.Continued);
            var decision = Decision.No;
            var (end, next, isParagraph) = (_at, _at, false);
            if (IsNewLine(c)) decision = AtNewLine(isEnd, out next, out isParagraph);
            else if (IsMark(c)) decision = AtMark(isEnd, out end, out next, out isParagraph);
            if (decision == Decision.Wait) return null;
            if (decision == Decision.Yes) return Take(end, next, isParagraph ? PhraseBreak.Paragraph : PhraseBreak.Sentence, Ending(end));
        }

        return isEnd && _from < _end ? Take(_end, _end, PhraseBreak.Sentence, SentenceEnding.Statement) : null;
    }

    private static bool IsMark(char c) => c is '.' or '!' or '?' or '…' or '。' or '！' or '？' or '‽';

    private static bool IsNewLine(char c) => c is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029' or '\v' or '\f';

    private static bool IsOfWord(char c) => char.IsLetter(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Format;

    private SourceSentence Take(int end, int next, PhraseBreak pause, SentenceEnding ending)
    {
        var length = end - _from;
        while (length > 0 && char.IsWhiteSpace(_text[_from + length - 1])) length--;
        var sentence = new SourceSentence(new string(_text, _from, length), _before + _from, pause, ending);
        (_from, _at) = (next, next);
        return sentence;
    }

    private SentenceEnding Ending(int end)
    {
        for (var i = end - 1; i >= _from; i--)
        {
            if (_text[i] is '?' or '？' or '‽') return SentenceEnding.Question;
            if (_text[i] is '!' or '！') return i > _from && _text[i - 1] == '?' ? SentenceEnding.Question : SentenceEnding.Exclamation;
            if (!Closers.Contains(_text[i])) break;
        }

        return SentenceEnding.Statement;
    }

    // a blank line ends a paragraph, and a line that begins like an item of a list a sentence
    private Decision AtNewLine(bool isEnd, out int next, out bool isParagraph)
    {
        isParagraph = false;
        if (Spaces(_at, out next, out var lines) == Decision.Wait && !isEnd) return Decision.Wait;
        isParagraph = lines > 1;
        if (isParagraph || next == _end) return Decision.Yes;
        if (next - _at >= MostSpaces) return Decision.Yes;
        var marker = next;
        while (marker < _end && marker - next < 4 && char.IsAsciiDigit(_text[marker])) marker++;
        if (marker == _end || marker + 1 == _end) return isEnd ? Decision.No : Decision.Wait;
        var isItem = marker == next ? _text[next] is '-' or '*' or '•' or '–' or '·' or '#' : _text[marker] is '.' or ')';
        return isItem && (char.IsWhiteSpace(_text[marker + 1]) || _text[next] == '#') ? Decision.Yes : Decision.No;
    }

    private Decision AtMark(bool isEnd, out int end, out int next, out bool isParagraph)
    {
        (end, isParagraph) = (_at, false);
        while (end < _end && end - _at < MostMarks && IsMark(_text[end])) end++;
        var marks = _text.AsSpan(_at, end - _at);
        var isPlain = marks is ['.'];
        var closers = end;
        while (end < _end && end - closers < MostClosers && Closers.Contains(_text[end])) end++;
        next = end;
        if (end == _end) return isEnd ? Decision.Yes : Decision.Wait;
        if (!char.IsWhiteSpace(_text[end])) return marks.ContainsAny("。！？") || (marks.ContainsAny("!?") && char.IsUpper(_text[end])) ? Decision.Yes : Decision.No;
        var spaces = Spaces(end, out next, out var lines);
        isParagraph = lines > 1;
        if (isParagraph || next - end >= MostSpaces) return Decision.Yes;
        if (next == _end || spaces == Decision.Wait) return isEnd ? Decision.Yes : Decision.Wait;

        var first = next;
        while (first < _end && first - next < MostClosers && Openers.Contains(_text[first])) first++;
        if (first == _end) return isEnd ? Decision.Yes : Decision.Wait;
        if (!isPlain) return char.IsLower(_text[first]) && (end > closers || !marks.ContainsAny("!?")) ? Decision.No : Decision.Yes;
        var word = WordBefore(_at);
        if (!SentenceAbbreviations.MayBe(word)) return char.IsLower(_text[first]) && word.Length > 0 && char.IsAsciiDigit(word[^1]) ? Decision.No : Decision.Yes;
        var last = first;
        while (last < _end && last - first < LongestNext && char.IsLetterOrDigit(_text[last])) last++;
        if (last == _end && !isEnd) return Decision.Wait;
        return SentenceAbbreviations.Ends(word, new string(_text, first, last - first)) ? Decision.Yes : Decision.No;
    }

    private string WordBefore(int mark)
    {
        var first = mark;
        while (first > _from && mark - first < LongestNext && (char.IsLetterOrDigit(_text[first - 1]) || _text[first - 1] == '.')) first--;
        return new string(_text, first, mark - first);
    }

    private Decision Spaces(int from, out int next, out int lines)
    {
        (next, lines) = (from, 0);
        for (; next < _end && char.IsWhiteSpace(_text[next]) && next - from < MostSpaces; next++)
            if (IsNewLine(_text[next]) && !(_text[next] == '\n' && next > 0 && _text[next - 1] == '\r')) lines += _text[next] == '\u2029' ? 2 : 1;
        return next == _end && next - from < MostSpaces && lines < 2 ? Decision.Wait : Decision.Yes;
    }

    /// <summary>Where to divide a sentence that is too long; null to go on, within a run of letters that began before.</summary>
    private int? Cut(char c)
    {
        if (_at - _from > TextFrontEnd.MostCharacters) return IsOfWord(c) && _at - _from < LongestRun ? null : _at;
        var least = _from + (TextFrontEnd.MostCharacters / 2);
        int space = 0, change = 0;
        for (var i = _at; i > _from; i--)
        {
            if (char.IsWhiteSpace(_text[i]))
            {
                if (i > least && _text[i - 1] is ',' or ';' or ':' or ')' or '—' or '–') return i;
                space = Math.Max(space, i);
            }
            else if (change == 0 && _text[i - 1] is ',' or ';' or '/' or '|') change = i;
            if (i < least && space > 0) break;
        }

        if (space > 0) return space;
        if (change > 0) return change;
        for (var i = _at; i > _from; i--)
            if (!IsOfWord(_text[i]) && !char.IsAsciiDigit(_text[i])) return i;
        return IsOfWord(c) ? null : _at;
    }
}
