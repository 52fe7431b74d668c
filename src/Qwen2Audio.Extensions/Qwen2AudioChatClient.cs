using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Qwen2Audio.Audio;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Extensions;

/// <summary>
/// A <see cref="ChatModel"/> as <see cref="IChatClient"/>: texts, and clips as <see cref="DataContent"/> with an audio media type. What it
/// cannot do (tools, other contents) is refused, not left out.
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
        var (turns, clips) = Read(messages);
        var reply = await Task.Run(() => model.Reply(turns, clips, Settings(options), cancellationToken), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, reply.Text))
        {
            ModelId = _metadata.DefaultModelId,
            FinishReason = Reason(reply.Ended),
            Usage = Usage(reply),
        };
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (turns, clips) = Read(messages);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken); // when the reader leaves early
        var pieces = Channel.CreateUnbounded<ChatResponseUpdate>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var work = Task.Run(() => Write(turns, clips, Settings(options), pieces.Writer, ended.Token), CancellationToken.None);
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
        IReadOnlyList<ChatTurn> turns, IReadOnlyList<AudioClip> clips, AnswerOptions settings, ChannelWriter<ChatResponseUpdate> pieces,
        CancellationToken cancellation)
    {
        try
        {
            using var run = model.Start(turns, clips, settings, cancellation);
            foreach (var piece in run.Read(cancellation)) pieces.TryWrite(new ChatResponseUpdate(ChatRole.Assistant, piece));
            var reply = run.Reply;
            pieces.TryWrite(new ChatResponseUpdate
            {
                Role = ChatRole.Assistant,
                FinishReason = Reason(reply.Ended),
                Contents = [new UsageContent(Usage(reply))],
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

    private static AnswerOptions Settings(ChatOptions? options)
    {
        if (options is null) return new AnswerOptions();
        if (options.Tools is { Count: > 0 }) throw new NotSupportedException("Tools are not supported here.");
        if (options.ResponseFormat is not (null or ChatResponseFormatText)) throw new NotSupportedException("Only plain text answers are supported here.");
        return new AnswerOptions
        {
            MaxNewTokens = options.MaxOutputTokens,
            Sample = options.Temperature is { } temperature ? temperature > 0 : null,
            Temperature = options.Temperature is > 0 ? options.Temperature : null,
            TopP = options.TopP,
            TopK = options.TopK,
            Seed = options.Seed is { } seed ? (ulong)seed : 0,
            StopStrings = options.StopSequences is { } stops ? [.. stops] : [],
        };
    }

    private static (List<ChatTurn> Turns, List<AudioClip> Clips) Read(IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var (turns, clips) = (new List<ChatTurn>(), new List<AudioClip>());
        foreach (var message in messages)
        {
            var parts = new List<ChatPart>();
            foreach (var content in message.Contents)
            {
                switch (content)
                {
                    case TextContent text: parts.Add(new TextPart(text.Text)); break;
                    case DataContent data when data.HasTopLevelMediaType("audio"):
                        using (var stream = new MemoryStream(data.Data.ToArray())) clips.Add(AudioFile.Read(stream));
                        parts.Add(new AudioPart());
                        break;
                    case UsageContent: break;
                    default: throw new NotSupportedException($"{content.GetType().Name}: texts and audio data are supported.");
                }
            }

            turns.Add(new ChatTurn(message.Role.Value, parts));
        }

        return (turns, clips);
    }

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
