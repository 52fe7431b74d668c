using Qwen2Audio.Training.Data.Augmentations;

namespace Qwen2Audio.Training.Data.Conversations;

/// <summary>Limits for training conversations.</summary>
internal sealed record ConversationSetOptions
{
    /// <summary>Maximum tokens of a sequence, including audio rows: the model's context. A longer one is skipped, never cut.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Maximum tokens of a sample, both endings of a pair together: the size of a row. Null: no limit.</summary>
    public int? MaxRowTokens { get; init; }

    /// <summary>Maximum clip length in seconds: the encoder's window. A conversation with a longer clip is skipped.</summary>
    public double MaxClipSeconds { get; init; } = 30;

    /// <summary>Augmentation of clips; null: none.</summary>
    public WaveAugmentation? Augmentation { get; init; }

    /// <summary>Number of conversations checked in parallel; 0: one per processor.</summary>
    public int Threads { get; init; }
}
