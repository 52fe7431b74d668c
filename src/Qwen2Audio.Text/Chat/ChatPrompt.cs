namespace Qwen2Audio.Text.Chat;

/// <summary>
/// A conversation as rendered by a template. Control tokens and text are kept apart, so that text that looks like a control token never becomes
/// one.
/// </summary>
public sealed class ChatPrompt
{
    private readonly List<ChatPiece> _pieces = [];
    private readonly StringBuilder _text = new();

    internal ChatPrompt()
    {
    }

    /// <summary>
    /// Control tokens and the texts between them, in order. Two texts are adjacent only where an answer follows the header of its turn, in a
    /// conversation for training.
    /// </summary>
    internal IReadOnlyList<ChatPiece> Pieces
    {
        get
        {
            Close();
            return _pieces;
        }
    }

    /// <summary>Number of placeholders for clips.</summary>
    public int AudioCount => Pieces.Count(piece => piece is { IsControl: true, Text: ControlNames.Audio });

    /// <summary>The whole as text, as the published template renders it. A model is given the ids of <see cref="Encode"/>, not the tokens of this text.</summary>
    public override string ToString() => string.Concat(Pieces.Select(piece => piece.Text));

    /// <summary>The ids: control tokens as such, the texts between them as ordinary text.</summary>
    /// <exception cref="ArgumentException">The tokenizer does not have a control token of the template.</exception>
    public int[] Encode(BytePairTokenizer tokenizer) => EncodeAnswers(tokenizer).Ids;

    /// <summary>As <see cref="Encode"/>, and for each id whether it belongs to an answer (<see cref="ChatPiece.IsAnswer"/>).</summary>
    /// <exception cref="ArgumentException">The tokenizer does not have a control token of the template.</exception>
    public (int[] Ids, bool[] IsAnswer) EncodeAnswers(BytePairTokenizer tokenizer)
    {
        var (ids, answers) = (new List<int>(), new List<bool>());
        foreach (var piece in Pieces)
        {
            if (piece.IsControl) ids.Add(tokenizer.ControlId(piece.Text));
            else ids.AddRange(tokenizer.Encode(piece.Text));
            while (answers.Count < ids.Count) answers.Add(piece.IsAnswer);
        }

        return ([.. ids], [.. answers]);
    }

    internal ChatPrompt Control(string token, bool isAnswer = false)
    {
        Close(isAnswer);
        _pieces.Add(new ChatPiece(true, token) { IsAnswer = isAnswer });
        return this;
    }

    /// <summary>Ends the text here, so that what follows is encoded separately.</summary>
    internal ChatPrompt Cut()
    {
        Close();
        return this;
    }

    internal ChatPrompt Text(string text)
    {
        _text.Append(text);
        return this;
    }

    private void Close(bool isAnswer = false)
    {
        if (_text.Length == 0) return;
        _pieces.Add(new ChatPiece(false, _text.ToString()) { IsAnswer = isAnswer });
        _text.Clear();
    }
}
