namespace Qwen2Audio.Training.Distributed;

/// <summary>Timeouts between ranks.</summary>
/// <param name="Silence">A rank without a heartbeat for this long counts as lost.</param>
public sealed record RankTimeouts(TimeSpan Silence)
{
    /// <summary>How long others wait for a rank before a warning names it.</summary>
    public TimeSpan Warn { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long others wait for a rank before the run ends; does not apply to set-up, saving and evaluation.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(30);
}
