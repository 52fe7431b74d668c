using System.Text.Json.Serialization;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>
/// A learning rate and its schedule, names and meaning as in transformers (<c>lr_scheduler_type</c>, <c>lr_scheduler_kwargs</c>). What a
/// schedule does not use must be left out: nothing is ignored silently.
/// </summary>
public sealed record LearningRateSettings
{
    /// <summary>The peak rate.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>One of <see cref="LearningRateRules.Types"/>.</summary>
    public string Type { get; init; } = "cosine";

    /// <summary>Steps over which the rate rises; the last of them has the peak.</summary>
    public int? NumWarmupSteps { get; init; }

    /// <summary>Instead of <see cref="NumWarmupSteps"/>: the share of all steps that are warm-up, rounded up to whole steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // runs that began before it was known go on
    public double? WarmupRatio { get; init; }

    /// <summary>Where schedules with an end have it; a trainer sets it to its own number of steps.</summary>
    public int? NumTrainingSteps { get; init; }

    /// <summary>Periods of the cosine: 0.5 (down once) unless given; for cosine_with_restarts the number of starts, 1 unless given.</summary>
    public double? NumCycles { get; init; }

    /// <summary>cosine_with_min_lr, cosine_warmup_with_min_lr: the least rate; instead of <see cref="MinLrRate"/>.</summary>
    public double? MinLr { get; init; }

    /// <summary>cosine_with_min_lr, cosine_warmup_with_min_lr: the least rate as a share of the peak.</summary>
    public double? MinLrRate { get; init; }

    /// <summary>cosine_warmup_with_min_lr: share of the peak at step 0.</summary>
    public double? WarmupLrRate { get; init; }

    /// <summary>polynomial: the rate at the end, 1e-7 unless given.</summary>
    public double? LrEnd { get; init; }

    /// <summary>polynomial: the exponent, 1 unless given.</summary>
    public double? Power { get; init; }

    /// <summary>inverse_sqrt: steps until the rate has fallen by √2; those of warm-up unless given, 10,000 without warm-up.</summary>
    public int? Timescale { get; init; }

    /// <summary>warmup_stable_decay: steps at the peak; what warm-up and decay leave of <see cref="NumTrainingSteps"/> unless given.</summary>
    public int? NumStableSteps { get; init; }

    /// <summary>warmup_stable_decay: steps of the decay.</summary>
    public int? NumDecaySteps { get; init; }

    /// <summary>warmup_stable_decay: linear (unless given), cosine or 1-sqrt.</summary>
    public string? WarmupType { get; init; }

    /// <summary>warmup_stable_decay: cosine (unless given), linear or 1-sqrt.</summary>
    public string? DecayType { get; init; }

    /// <summary>warmup_stable_decay: the least rate as a share of the peak.</summary>
    public double? MinLrRatio { get; init; }
}
