namespace Qwen2Audio.Text.Chat;

/// <summary>Control tokens of Qwen2 and Qwen2-Audio.</summary>
public static class ControlNames
{
    public const string EndOfText = "<|endoftext|>";
    public const string TurnStart = "<|im_start|>";
    public const string TurnEnd = "<|im_end|>";

    /// <summary>The placeholder whose rows are replaced by audio.</summary>
    public const string Audio = "<|AUDIO|>";
    public const string AudioStart = "<|audio_bos|>";
    public const string AudioEnd = "<|audio_eos|>";

    /// <summary>All control tokens.</summary>
    public static IReadOnlyList<string> All { get; } = [EndOfText, TurnStart, TurnEnd, Audio, AudioStart, AudioEnd];

    /// <summary>The control tokens used in conversations, with or without clips.</summary>
    public static IReadOnlyList<string> OfConversations(bool acceptsAudio) => acceptsAudio ? [TurnStart, TurnEnd, Audio, AudioStart, AudioEnd] : [TurnStart, TurnEnd];
}
