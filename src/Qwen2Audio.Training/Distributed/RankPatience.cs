namespace Qwen2Audio.Training.Distributed;

/// <summary>How long ranks have patience with each other.</summary>
/// <param name="Silence">After how long without a sign of life a rank counts as lost.</param>
public sealed record RankPatience(TimeSpan Silence)
{
    /// <summary>After how long a rank for which others wait is named in a warning.</summary>
    public TimeSpan Warn { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After how long a rank for which others wait ends the run; setting up, saving and measuring have their time.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(30);
}
