using System.Runtime.CompilerServices;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Generation;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>An answer.</summary>
/// <param name="Text">What was said, without end token and stop string.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="PromptTokens">Rows of the conversation, those of clips counted.</param>
/// <param name="NewTokens">Tokens of the answer.</param>
/// <param name="Warnings">What was done to clips on the way in, and that the answer was cut.</param>
public sealed record ChatReply(string Text, EndReason Ended, int PromptTokens, int NewTokens, IReadOnlyList<TaskWarning> Warnings)
{
    /// <summary>The code of the warning that an answer reached a limit before its end.</summary>
    internal const string Cut = "answer-cut";
}

/// <summary>
/// An answer that is being made. It holds the model only while a token is made, so that others may ask in between; its keys and values
/// are held until it is disposed of.
/// </summary>
public sealed class ChatRun : IDisposable
{
    private readonly TextRun _run;
    private readonly ChatModel _model;
    private readonly ChatModel.Question _question;
    private readonly Lock _step = new();

    internal ChatRun(TextRun run, ChatModel model, ChatModel.Question question) => (_run, _model, _question) = (run, model, question);

    /// <summary>The answer so far.</summary>
    public ChatReply Reply => _question.Reply(_run.Results[0]);

    /// <summary>The answer's tokens so far.</summary>
    internal GeneratedSequence Tokens => _run.Results[0].Tokens;

    /// <summary>
    /// The text as it comes. When cancellation is asked for, it ends, within a pass between two layers; <see cref="Reply"/> then says
    /// <see cref="EndReason.Cancelled"/> and keeps what was made. One reader.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The model was disposed of before the answer was whole.</exception>
    public IEnumerable<string> Read(CancellationToken cancellation = default)
    {
        var pieces = new List<TextPiece>();
        bool more;
        do
        {
            try
            {
                more = _model.Compute(() => Next(pieces, cancellation), cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                more = Next(pieces, cancellation); // computes nothing
            }

            foreach (var piece in pieces) yield return piece.Text;
        }
        while (more);
    }

    /// <summary>The text as it comes; no thread is held while others use the model. Else as <see cref="Read"/>.</summary>
    /// <inheritdoc cref="Read"/>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var pieces = new List<TextPiece>();
        bool more;
        do
        {
            try
            {
                more = await _model.ComputeAsync(() => Next(pieces, cancellation), cancellation).ConfigureAwait(false);
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

    /// <summary>Reads to the end; no thread is held while others use the model.</summary>
    public async Task<ChatReply> FinishAsync(CancellationToken cancellation = default)
    {
        await foreach (var _ in ReadAsync(cancellation).ConfigureAwait(false)) { }
        return Reply;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_step) _run.Dispose();
    }

    // a run may be disposed of while it makes a token
    private bool Next(List<TextPiece> pieces, CancellationToken cancellation)
    {
        lock (_step) return _run.Next(pieces, cancellation);
    }
}
