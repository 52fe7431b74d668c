using System.Runtime.CompilerServices;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Generation;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>An answer.</summary>
/// <param name="Text">The text, without end token and stop string.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="PromptTokens">Rows of the conversation, including audio rows.</param>
/// <param name="NewTokens">Tokens of the answer.</param>
/// <param name="Warnings">Changes made to clips, and whether the answer was cut off.</param>
public sealed record ChatReply(string Text, FinishReason Ended, int PromptTokens, int NewTokens, IReadOnlyList<TaskWarning> Warnings)
{
    /// <summary>Code of the warning that the answer was cut off by a limit.</summary>
    internal const string Cut = "answer-cut";
}

/// <summary>
/// An answer being generated. It occupies the model only while it computes a token, so that others may call in between. Its keys and values
/// are kept until it is disposed.
/// </summary>
public sealed class ChatRun : IDisposable
{
    private readonly TextRun _run;
    private readonly ChatModel _model;
    private readonly ChatRequest _question;
    private readonly Lock _step = new();

    internal ChatRun(TextRun run, ChatModel model, ChatRequest question) => (_run, _model, _question) = (run, model, question);

    /// <summary>The answer so far.</summary>
    public ChatReply Reply => _question.Reply(_run.Results[0]);

    /// <summary>The answer's tokens so far.</summary>
    internal GeneratedSequence Tokens => _run.Results[0].Tokens;

    /// <summary>
    /// Streams the text. Cancellation ends the stream, also between two layers of a pass; <see cref="Reply"/> then keeps the text so far
    /// and says <see cref="FinishReason.Cancelled"/>. For one reader.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The model was disposed before the answer was complete.</exception>
    public IEnumerable<string> Read(CancellationToken cancellation = default)
    {
        var pieces = new List<TextPiece>();
        bool more;
        do
        {
            try
            {
                more = _model.Gate.Run(() => Next(pieces, cancellation), cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                more = Next(pieces, cancellation); // computes nothing
            }

            foreach (var piece in pieces) yield return piece.Text;
        }
        while (more);
    }

    /// <summary>Like <see cref="Read"/>; waiting for other callers blocks no thread.</summary>
    /// <inheritdoc cref="Read"/>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var pieces = new List<TextPiece>();
        bool more;
        do
        {
            try
            {
                more = await _model.Gate.RunAsync(() => Next(pieces, cancellation), cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                more = Next(pieces, cancellation); // computes nothing
            }

            foreach (var piece in pieces) yield return piece.Text;
        }
        while (more);
    }

    /// <summary>Reads to the end.</summary>
    public ChatReply Finish(CancellationToken cancellation = default)
    {
        foreach (var _ in Read(cancellation)) { }
        return Reply;
    }

    /// <summary>Reads to the end; waiting for other callers blocks no thread.</summary>
    public async Task<ChatReply> FinishAsync(CancellationToken cancellation = default)
    {
        await foreach (var _ in ReadAsync(cancellation).ConfigureAwait(false)) { }
        return Reply;
    }

    public void Dispose()
    {
        lock (_step) _run.Dispose();
    }

    // a run may be disposed while it computes a token
    private bool Next(List<TextPiece> pieces, CancellationToken cancellation)
    {
        lock (_step) return _run.Next(pieces, cancellation);
    }
}
