using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Tasks.Generation;

namespace Qwen2Audio.Tasks.Chat;

public sealed partial class ChatModel
{
    /// <summary>
    /// Answers several conversations together: the weights are read once per step for all of them. Each answer equals the one that
    /// <see cref="Reply"/> gives alone, sampling included.
    /// </summary>
    /// <param name="conversations">The conversations, with their clips.</param>
    /// <param name="options">How answers are generated; by default the folder's settings.</param>
    /// <param name="cancellation">While clips are encoded, ends with an exception; later, ends between two layers and the answers keep their tokens so far.</param>
    /// <exception cref="ArgumentException">The number of clips differs from the number of placeholders, or the options are out of range.</exception>
    /// <exception cref="ContextLengthException">A conversation leaves no room for the answer.</exception>
    /// <exception cref="ClipLengthException">A clip is longer than the encoder's window.</exception>
    public IReadOnlyList<ChatReply> ReplyToEach(
        IReadOnlyList<ChatConversation> conversations, AnswerOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(conversations);
        return Gate.Run(Answering(conversations, options ?? new AnswerOptions(), cancellation), cancellation);
    }

    /// <summary>Asynchronous form; waiting for other callers blocks no thread.</summary>
    /// <inheritdoc cref="ReplyToEach"/>
    public async Task<IReadOnlyList<ChatReply>> ReplyToEachAsync(
        IReadOnlyList<ChatConversation> conversations, AnswerOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(conversations);
        return await Gate.RunAsync(Answering(conversations, options ?? new AnswerOptions(), cancellation), cancellation).ConfigureAwait(false);
    }

    private Func<ChatReply[]> Answering(IReadOnlyList<ChatConversation> conversations, AnswerOptions chosen, CancellationToken cancellation)
    {
        int[][] prompts = [.. conversations.Select(conversation => Template.Render(conversation.Turns).Encode(Tokenizer))];
        return () =>
        {
            var replies = new ChatReply[prompts.Length];
            var questions = new ChatRequest[prompts.Length];
            for (var i = 0; i < prompts.Length; i++) questions[i] = Ask(prompts[i], ClipPart.Clips(conversations[i].Turns, conversations[i].Clips), chosen, ClipPart.CountAnswered(conversations[i].Turns), cancellation);
            // near the end of the context, some conversations have room for fewer tokens than others
            foreach (var alike in Enumerable.Range(0, prompts.Length).GroupBy(i => questions[i].MaxNewTokens))
            {
                int[] places = [.. alike];
                var answers = Answer([.. places.Select(place => questions[place])], alike.Key, chosen, cancellation);
                for (var i = 0; i < places.Length; i++)
                    replies[places[i]] = questions[places[i]].Reply(answers[i]);
            }

            return replies;
        };
    }

    private IReadOnlyList<GeneratedText> Answer(ChatRequest[] questions, int maxNewTokens, AnswerOptions options, CancellationToken cancellation)
    {
        int[][] ids = [.. questions.Select(question => question.Ids)];
        var x = Embed([.. ids.SelectMany(each => each)], [.. questions.SelectMany(question => question.Audio)]);
        var generation = options.ToGeneration(Generation, maxNewTokens, EndTokens());
        if (generation.Tokens.Beams > 1) return _generator.Generate(x, Layout.Of([.. ids.Select(each => each.Length)]), ids, generation, cancellation);
        var sampler = generation.Tokens.Sample ? new RandomSampler(generation.Tokens) { DrawsAlike = true } : null;
        using var run = _generator.Start(x, Layout.Of([.. ids.Select(each => each.Length)]), ids, generation, sampler);
        return run.Finish(cancellation);
    }
}
