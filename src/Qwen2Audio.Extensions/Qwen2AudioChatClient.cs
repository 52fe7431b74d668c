using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Extensions;

/// <summary>
/// A <see cref="ChatModel"/> as <see cref="IChatClient"/>: texts, and clips as <see cref="DataContent"/> with an audio media type. What it
/// cannot do (tools, other contents and roles, settings without a counterpart: <see cref="ChatSettings"/>) is refused, not left out. What was
/// done to clips is in the additional property "warnings" of the response, and of the last update of a stream.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="ownsModel">Whether the model is disposed of with the client.</param>
public sealed class Qwen2AudioChatClient(ChatModel model, bool ownsModel = false) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("qwen2audio", defaultModelId: Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Path)));

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (turns, settings) = (ChatMessages.Read(messages, options?.Instructions), ChatSettings.Of(options, _metadata.DefaultModelId));
        var reply = await Task.Run(() => model.Reply(turns, options: settings, cancellation: cancellationToken), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, reply.Text))
        {
            ModelId = _metadata.DefaultModelId,
            FinishReason = Reason(reply.Ended),
            Usage = Usage(reply),
            AdditionalProperties = Warnings(reply),
        };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (turns, settings) = (ChatMessages.Read(messages, options?.Instructions), ChatSettings.Of(options, _metadata.DefaultModelId));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken); // when the reader leaves early
        var pieces = Channel.CreateUnbounded<ChatResponseUpdate>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var work = Task.Run(() => Write(turns, settings, pieces.Writer, ended.Token), CancellationToken.None);
        try
        {
            await foreach (var piece in pieces.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return piece;
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(model) ? model : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ownsModel) model.Dispose();
    }

    private void Write(
        IReadOnlyList<ChatTurn> turns, AnswerOptions settings, ChannelWriter<ChatResponseUpdate> pieces, CancellationToken cancellation)
    {
        try
        {
            using var run = model.Start(turns, options: settings, cancellation: cancellation);
            foreach (var piece in run.Read(cancellation)) pieces.TryWrite(new ChatResponseUpdate(ChatRole.Assistant, piece));
            var reply = run.Reply;
            pieces.TryWrite(new ChatResponseUpdate
            {
                Role = ChatRole.Assistant,
                FinishReason = Reason(reply.Ended),
                Contents = [new UsageContent(Usage(reply))],
                AdditionalProperties = Warnings(reply),
            });
            pieces.Complete();
        }
#pragma warning disable CA1031 // it reaches the reader
        catch (Exception exception)
#pragma warning restore CA1031
        {
            pieces.Complete(exception);
        }
    }

    private static AdditionalPropertiesDictionary Warnings(ChatReply reply) => new() { ["warnings"] = reply.Warnings.Select(warning => warning.Text).ToArray() };

    private static UsageDetails Usage(ChatReply reply) => new()
    {
        InputTokenCount = reply.PromptTokens,
        OutputTokenCount = reply.NewTokens,
        TotalTokenCount = reply.PromptTokens + reply.NewTokens,
    };

    private static ChatFinishReason? Reason(EndReason ended) => ended switch
    {
        EndReason.Length => ChatFinishReason.Length,
        EndReason.EndToken or EndReason.Stopped => ChatFinishReason.Stop,
        _ => null,
    };
}
