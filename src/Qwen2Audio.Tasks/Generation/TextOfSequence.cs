using System.Text;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>From one sequence's tokens to the text that may be handed out.</summary>
internal sealed class TextOfSequence(StreamingDecoder decoder, StopFilter filter)
{
    private readonly StringBuilder _text = new();

    /// <summary>What was handed out.</summary>
    public string Text => _text.ToString();

    public string? StopString => filter.Found;

    public string Push(int token) => Add(filter.Push(decoder.Push(token)));

    /// <summary>The rest, when no stop string was found; nothing the second time.</summary>
    public string Flush() => StopString is null ? Add(filter.Push(decoder.Flush()) + filter.Flush()) : "";

    private string Add(string piece)
    {
        _text.Append(piece);
        return piece;
    }
}
