using System.Text;

namespace Qwen2Audio.Text.Chat;

/// <summary>
/// A conversation as a template writes it: control tokens and the text between them, kept apart, so that text which looks like a control
/// token never becomes one.
/// </summary>
public sealed class ChatPrompt
{
    private readonly List<ChatPiece> _pieces = [];
    private readonly StringBuilder _text = new();

    internal ChatPrompt()
    {
    }

    /// <summary>Control tokens and the stretches between them, in order; no two stretches lie side by side.</summary>
    public IReadOnlyList<ChatPiece> Pieces
    {
        get
        {
            Close();
            return _pieces;
        }
    }

    /// <summary>Places for clips.</summary>
    public int AudioCount => Pieces.Count(piece => piece is { IsControl: true, Text: ControlNames.Audio });

    /// <summary>The whole as text, as the published template renders it. What is sent to a model is <see cref="Encode"/>, not this text's tokens.</summary>
    public override string ToString() => string.Concat(Pieces.Select(piece => piece.Text));

    /// <summary>Ids: of control tokens their own, of each stretch those of its text as ordinary text.</summary>
    /// <exception cref="ArgumentException">The tokenizer does not have a control token of the template.</exception>
    public int[] Encode(BytePairTokenizer tokenizer)
    {
        var ids = new List<int>();
        foreach (var (isControl, text) in Pieces)
        {
            if (isControl) ids.Add(tokenizer.ControlId(text));
            else ids.AddRange(tokenizer.Encode(text));
        }

        return [.. ids];
    }

    internal ChatPrompt Control(string token)
    {
        Close();
        _pieces.Add(new ChatPiece(true, token));
        return this;
    }

    internal ChatPrompt Text(string text)
    {
        _text.Append(text);
        return this;
    }

    private void Close()
    {
        if (_text.Length == 0) return;
        _pieces.Add(new ChatPiece(false, _text.ToString()));
        _text.Clear();
    }
}
