using System.Text.Json.Serialization;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>
/// A learning rate and its schedule, with names and meaning as in transformers (<c>lr_scheduler_type</c>, <c>lr_scheduler_kwargs</c>).
/// Settings that a schedule does not use must be left out; none is ignored silently.
/// </summary>
internal sealed record LearningRateSettings
{
    /// <summary>The peak rate.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>One of <see cref="LearningRateRules.Types"/>.</summary>
    public string Type { get; init; } = "cosine";

    /// <summary>Steps over which the rate rises to the peak.</summary>
    public int? NumWarmupSteps { get; init; }

    /// <summary>Alternative to <see cref="NumWarmupSteps"/>: warm-up as a fraction of all steps, rounded up.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // so that runs from before this setting can resume
    public double? WarmupRatio { get; init; }

    /// <summary>Last step of schedules that end; a trainer sets it to its number of steps.</summary>
    public int? NumTrainingSteps { get; init; }

    /// <summary>Cosine periods, by default 0.5 (down once); for cosine_with_restarts the number of cycles, by default 1.</summary>
    public double? NumCycles { get; init; }

    /// <summary>cosine_with_min_lr, cosine_warmup_with_min_lr: minimum rate; alternative to <see cref="MinLrRate"/>.</summary>
    public double? MinLr { get; init; }

    /// <summary>cosine_with_min_lr, cosine_warmup_with_min_lr: minimum rate as a fraction of the peak.</summary>
    public double? MinLrRate { get; init; }

    /// <summary>cosine_warmup_with_min_lr: rate at step 0 as a fraction of the peak.</summary>
    public double? WarmupLrRate { get; init; }

    /// <summary>polynomial: final rate, by default 1e-7.</summary>
    public double? LrEnd { get; init; }

    /// <summary>polynomial: exponent, by default 1.</summary>
    public double? Power { get; init; }

    /// <summary>inverse_sqrt: steps until the rate has fallen by √2; by default the warm-up steps, or 10,000 without warm-up.</summary>
    public int? Timescale { get; init; }

    /// <summary>warmup_stable_decay: steps at the peak; by default the rest of <see cref="NumTrainingSteps"/> after warm-up and decay.</summary>
    public int? NumStableSteps { get; init; }

    /// <summary>warmup_stable_decay: decay steps.</summary>
    public int? NumDecaySteps { get; init; }

    /// <summary>warmup_stable_decay: linear (default), cosine or 1-sqrt.</summary>
    public string? WarmupType { get; init; }

    /// <summary>warmup_stable_decay: cosine (default), linear or 1-sqrt.</summary>
    public string? DecayType { get; init; }

    /// <summary>warmup_stable_decay: minimum rate as a fraction of the peak.</summary>
    public double? MinLrRatio { get; init; }
}
