using Qwen2Audio.Training.Data.Augmentations;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>What conversations may be trained on.</summary>
internal sealed record ConversationSetOptions
{
    /// <summary>Most tokens of a sequence, rows of audio included: the model's context. A longer one is left out, never cut.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Most tokens of a sample, both endings of a pair together: what a row holds. Null: no bound.</summary>
    public int? MaxRowTokens { get; init; }

    /// <summary>Longest clip in seconds: what the model's encoder takes at once. A conversation with a longer one is left out.</summary>
    public double MaxClipSeconds { get; init; } = 30;

    /// <summary>How clips are varied; null: not at all.</summary>
    public WaveAugmentation? Augmentation { get; init; }

    /// <summary>Conversations that are looked at at once; 0: one a processor.</summary>
    public int Threads { get; init; }
}
