namespace Qwen2Audio.Training.Optimisation;

/// <summary>Shapes of the learning rate after warm-up.</summary>
public enum ScheduleType { Constant, Linear, Cosine }

/// <summary>
/// Learning rate by step, as in transformers: a linear warm-up from 0 (step 0 has rate 0), then constant, linear or cosine down to
/// <paramref name="MinimumRatio"/> of the peak.
/// </summary>
public sealed record Schedule(ScheduleType Type, int WarmupSteps, int TotalSteps, double MinimumRatio = 0)
{
    /// <summary>The factor of the peak rate that step <paramref name="step"/> (from 0) uses.</summary>
    public double Factor(long step)
    {
        if (step < WarmupSteps) return (double)step / Math.Max(1, WarmupSteps);
        if (Type == ScheduleType.Constant) return 1;
        var progress = Math.Clamp((step - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps), 0, 1);
        var shape = Type == ScheduleType.Linear ? 1 - progress : 0.5 * (1 + Math.Cos(Math.PI * progress));
        return MinimumRatio + (1 - MinimumRatio) * shape;
    }
}
