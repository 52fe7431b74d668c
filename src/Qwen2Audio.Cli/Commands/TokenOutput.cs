using Qwen2Audio.Text;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Prints tokens: one per line, as one JSON object, or only their count.</summary>
internal sealed class TokenOutput(BytePairTokenizer tokenizer, bool json, bool countOnly, bool special)
{
    public void Encode(string text)
    {
        var ids = tokenizer.Encode(text, special);
        if (json && countOnly) JsonOutput.WriteLine(new { count = ids.Length });
        else if (json) JsonOutput.WriteLine(new { count = ids.Length, ids, pieces = ids.Select(Piece) });
        else if (countOnly) Console.Out.WriteLine(ids.Length);
        else Console.Out.Write(Lines(ids));
    }

    public void Decode(int[] ids)
    {
        var text = tokenizer.Decode(ids, showControls: special);
        if (json) JsonOutput.WriteLine(new { count = ids.Length, text });
        else if (countOnly) Console.Out.WriteLine(ids.Length);
        else Console.Out.WriteLine(text);
    }

    private StringBuilder Lines(int[] ids)
    {
        var lines = new StringBuilder();
        foreach (var id in ids) lines.Append(CultureInfo.InvariantCulture, $"{id,8}  {Shown(Piece(id))}\n");
        return lines;
    }

    /// <summary>The text of a token, or its byte symbols if it holds part of a character.</summary>
    private string Piece(int id) =>
        tokenizer.Decode([id], showControls: true) is var text && text.Contains('\uFFFD', StringComparison.Ordinal) ? tokenizer.Symbol(id)
            : tokenizer.PrefixSpace && tokenizer.Symbol(id).StartsWith('Ġ') ? " " + text : text;

    private static string Shown(string piece)
    {
        var shown = new StringBuilder("\"");
        foreach (var c in piece)
            shown.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", '"' => "\\\"", _ when char.IsControl(c) => $"\\u{(int)c:x4}", _ => c.ToString() });
        return shown.Append('"').ToString();
    }
}
