using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Tasks.Generation;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Chat;

/// <summary>A prompt to be answered.</summary>
/// <param name="Ids">Its ids.</param>
/// <param name="Audio">The rows of its clips.</param>
/// <param name="MaxNewTokens">Maximum tokens of the answer.</param>
/// <param name="Limit">What sets that maximum.</param>
/// <param name="Warnings">Warnings about the clips and the options.</param>
internal sealed record ChatRequest(int[] Ids, float[] Audio, int MaxNewTokens, string Limit, List<TaskWarning> Warnings)
{
    /// <summary>The answer, with a warning if it was cut off.</summary>
    public ChatReply Reply(GeneratedText made) => new(made.Text, made.Ended, Ids.Length, made.Tokens.Tokens.Count, made.Ended != FinishReason.Length ? Warnings
        : [.. Warnings, new TaskWarning(ChatReply.Cut, $"The answer was cut after {made.Tokens.Tokens.Count} tokens: {Limit}.")]);
}
