using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Generation;

/// <summary>
/// Prompts whose text is being generated. Text is returned as soon as it is certain: incomplete characters and possible beginnings of
/// a stop string are held back.
/// </summary>
internal sealed class TextRun : IDisposable
{
    private readonly GenerationRun _run;
    private readonly SequenceText[] _texts;

    internal TextRun(GenerationRun run, int sequences, BytePairTokenizer tokenizer, StopStrings stops, bool showControls)
    {
        _run = run;
        _texts = new SequenceText[sequences];
        for (var i = 0; i < sequences; i++) _texts[i] = new SequenceText(new StreamingDecoder(tokenizer, showControls), new StopFilter(stops));
    }

    /// <summary>The text generated so far for each prompt.</summary>
    public IReadOnlyList<GeneratedText> Results =>
        [.. _run.Results.Select((tokens, i) => new GeneratedText(_texts[i].Text, tokens.Ended, _texts[i].StopString, tokens))];

    /// <summary>
    /// Streams the text until all prompts have ended. Cancellation ends it between two tokens, with the text that was
    /// held back; <see cref="Results"/> then say <see cref="FinishReason.Cancelled"/>. For one reader.
    /// </summary>
    public IEnumerable<TextPiece> Read(CancellationToken cancellation = default)
    {
        var pieces = new List<TextPiece>(_texts.Length);
        bool more;
        do
        {
            more = Next(pieces, cancellation);
            foreach (var piece in pieces) yield return piece;
        }
        while (more);
    }

    /// <summary>Generates a token for each running prompt and returns the text that is now certain; false after the last text.</summary>
    internal bool Next(List<TextPiece> pieces, CancellationToken cancellation)
    {
        pieces.Clear();
        if (!_run.Next(cancellation))
        {
            for (var i = 0; i < _texts.Length; i++) Add(pieces, i, _texts[i].Flush());
            return false;
        }

        for (var i = 0; i < _run.Tokens.Length; i++)
        {
            var token = _run.Tokens[i];
            var text = _texts[token.Sequence];
            var piece = token.Ended == FinishReason.EndToken ? "" : text.Push(token.Token);
            if (token.Ended != FinishReason.None) piece += text.Flush();
            if (text.StopString is not null) _run.Stop(token.Sequence);
            Add(pieces, token.Sequence, piece);
        }

        return true;
    }

    /// <summary>Reads to the end and returns the results.</summary>
    internal IReadOnlyList<GeneratedText> Finish(CancellationToken cancellation)
    {
        foreach (var _ in Read(cancellation)) { }
        return Results;
    }

    private static void Add(List<TextPiece> pieces, int sequence, string text)
    {
        if (text.Length > 0) pieces.Add(new TextPiece(sequence, text));
    }

    public void Dispose() => _run.Dispose();
}
