namespace Qwen2Audio.Inference.Generation;

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>Not ended: more tokens may follow.</summary>
    None,

    /// <summary>An end token was chosen.</summary>
    EndToken,

    /// <summary>The caller stopped it, for example at a stop string (<see cref="GenerationRun.Stop"/>).</summary>
    Stopped,

    /// <summary>It reached <see cref="GenerationOptions.MaxNewTokens"/>.</summary>
    Length,

    /// <summary>Generation was cancelled.</summary>
    Cancelled,
}
