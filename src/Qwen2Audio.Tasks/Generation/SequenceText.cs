using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>Turns one sequence's tokens into text that is certain.</summary>
internal sealed class SequenceText(StreamingDecoder decoder, StopFilter filter)
{
    private readonly StringBuilder _text = new();

    /// <summary>The text returned so far.</summary>
    public string Text => _text.ToString();

    public string? StopString => filter.Found;

    public string Push(int token) => Add(filter.Push(decoder.Push(token)));

    /// <summary>The rest of the text, if no stop string was found; empty the second time.</summary>
    public string Flush() => StopString is null ? Add(filter.Push(decoder.Flush()) + filter.Flush()) : "";

    private string Add(string piece)
    {
        _text.Append(piece);
        return piece;
    }
}
