using System.Runtime.CompilerServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Chat;

namespace Qwen2Audio.Extensions;

/// <summary>
/// A <see cref="ChatModel"/> as <see cref="IChatClient"/>: text, and clips as <see cref="DataContent"/> with an audio media type. Unsupported
/// features (tools, other contents and roles, settings without a counterpart: <see cref="ChatSettings"/>) throw rather than being ignored. Changes made
/// to clips are in the additional property "warnings" of the response, and of the last update of a stream.
/// </summary>
/// <param name="ownsModel">Whether to dispose the model with the client.</param>
/// <param name="limits">Limits for the audio of a message; null: the defaults of <see cref="AudioReadOptions"/>.</param>
public sealed class Qwen2AudioChatClient(ChatModel model, bool ownsModel = false, AudioReadOptions? limits = null) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("qwen2audio", defaultModelId: Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Path)));

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var settings = ChatSettings.Of(options, _metadata.DefaultModelId);
        var turns = await ChatMessages.ReadAsync(messages, options?.Instructions, limits, cancellationToken).ConfigureAwait(false);
        var reply = await model.ReplyAsync(turns, options: settings, cancellation: cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, reply.Text))
        {
            ModelId = _metadata.DefaultModelId,
            FinishReason = Reason(reply.Ended),
            Usage = Usage(reply),
            AdditionalProperties = Warnings(reply),
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var settings = ChatSettings.Of(options, _metadata.DefaultModelId);
        var turns = await ChatMessages.ReadAsync(messages, options?.Instructions, limits, cancellationToken).ConfigureAwait(false);
        using var run = await model.StartAsync(turns, options: settings, cancellation: cancellationToken).ConfigureAwait(false);
        await foreach (var piece in run.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return new ChatResponseUpdate(ChatRole.Assistant, piece) { ModelId = _metadata.DefaultModelId };
        cancellationToken.ThrowIfCancellationRequested();
        var reply = run.Reply;
        yield return new ChatResponseUpdate
        {
            Role = ChatRole.Assistant,
            ModelId = _metadata.DefaultModelId,
            FinishReason = Reason(reply.Ended),
            Contents = [new UsageContent(Usage(reply))],
            AdditionalProperties = Warnings(reply),
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(model) ? model : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        if (ownsModel) model.Dispose();
    }

    private static AdditionalPropertiesDictionary Warnings(ChatReply reply) => new() { ["warnings"] = reply.Warnings.Select(warning => warning.Text).ToArray() };

    private static UsageDetails Usage(ChatReply reply) => new()
    {
        InputTokenCount = reply.PromptTokens,
        OutputTokenCount = reply.NewTokens,
        TotalTokenCount = reply.PromptTokens + reply.NewTokens,
    };

    private static ChatFinishReason? Reason(FinishReason ended) => ended switch
    {
        FinishReason.Length => ChatFinishReason.Length,
        FinishReason.EndToken or FinishReason.Stopped => ChatFinishReason.Stop,
        _ => null,
    };
}
