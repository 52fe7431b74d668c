namespace Qwen2Audio.Inference.Generation;

/// <summary>Why a sequence ended.</summary>
public enum EndReason
{
    /// <summary>It has not ended: more tokens may come.</summary>
    None,

    /// <summary>An end token was chosen.</summary>
    EndToken,

    /// <summary>Whoever reads the tokens wanted no more, as for a stop string (<see cref="GenerationRun.Stop"/>).</summary>
    Stopped,

    /// <summary><see cref="GenerationOptions.MaxNewTokens"/> were made.</summary>
    Length,

    /// <summary>Cancellation was asked for.</summary>
    Cancelled,
}
