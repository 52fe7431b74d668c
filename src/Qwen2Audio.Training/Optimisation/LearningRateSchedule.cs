namespace Qwen2Audio.Training.Optimisation;

/// <summary>
/// The learning rate by step, as in transformers. Steps count updates, from 0: a skipped step does not advance the schedule
/// (<see cref="AdamWOptimizer.Step"/> is the position).
/// </summary>
internal sealed class LearningRateSchedule
{
    /// <summary>The convention for counting updates, as text for a run's conditions: a run with another convention would resume at shifted rates.</summary>
    public const string Convention = "the first update has the rate of step 1 where the rate rises from 0";

    private readonly LearningRateSettings _settings;
    private readonly int _warmup;
    private readonly int _total;
    private readonly double _least;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">The settings are invalid; lists all problems.</exception>
    public LearningRateSchedule(LearningRateSettings settings)
    {
        var problems = LearningRateRules.Problems(settings).ToList();
        if (problems.Count > 0) throw new ArgumentException($"{string.Join("; ", problems)}.", nameof(settings));
        if (settings.WarmupRatio is not null)
            settings = LearningRateRules.OfRun(settings, settings.NumTrainingSteps ?? throw new ArgumentException("warmup_ratio needs num_training_steps, which is not given.", nameof(settings)));
        _settings = settings;
        _warmup = settings.NumWarmupSteps ?? 0;
        _total = settings.NumTrainingSteps ?? 0;
        _least = settings.MinLrRate ?? settings.MinLr / settings.LearningRate ?? 0;
    }

    /// <summary>
    /// The rate of the update that follows <paramref name="updates"/> updates: the rate of transformers for that step or, during a warm-up from 0, for the
    /// next one. Otherwise the first update would have rate 0.
    /// </summary>
    public double OfUpdate(long updates) => Rate(updates < _warmup && RisesFromZero ? updates + 1 : updates);

    /// <summary>The rate of transformers for <paramref name="step"/>, from 0.</summary>
    public double Rate(long step) => _settings.LearningRate * Factor(step);

    /// <summary>The rate relative to the peak.</summary>
    public double Factor(long step) => _settings.Type switch
    {
        "constant" => 1,
        "cosine_warmup_with_min_lr" => OneStepAhead(step),
        "warmup_stable_decay" => Staged(step),
        _ when step < _warmup => (double)step / Math.Max(1, _warmup),
        "constant_with_warmup" => 1,
        "linear" => Math.Max(0, (_total - step) / (double)Math.Max(1, _total - _warmup)),
        "cosine" => Math.Max(0, Cosine(Progress(step))),
        "cosine_with_min_lr" => Math.Max(0, Raised(Cosine(Progress(step)), _least)),
        "cosine_with_restarts" => Restarted(Progress(step)),
        "polynomial" => Polynomial(step),
        "inverse_sqrt" => InverseRoot(step),
        _ => throw new InvalidOperationException($"{_settings.Type} is not a schedule."),
    };

    private bool RisesFromZero => _settings.Type is not ("constant" or "cosine_warmup_with_min_lr");

    private static double Raised(double factor, double minimum) => factor * (1 - minimum) + minimum;

    private double Progress(long step) => (step - _warmup) / (double)Math.Max(1, _total - _warmup);

    private double Cosine(double progress) => 0.5 * (1 + Math.Cos(Math.PI * (_settings.NumCycles ?? 0.5) * 2 * progress));

    private double OneStepAhead(long step)
    {
        if (step >= _warmup) return Math.Max(0, Raised(Cosine(Progress(step + 1)), _least));
        if (_settings.WarmupLrRate is { } first) return first + (1 - first) * step / Math.Max(1, _warmup - 1);
        return (step + 1.0) / Math.Max(1, _warmup);
    }

    private double Restarted(double progress) =>
        progress >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * ((_settings.NumCycles ?? 1) * progress % 1))));

    private double Polynomial(long step)
    {
        var end = (_settings.LrEnd ?? 1e-7) / _settings.LearningRate;
        return step > _total ? end : Raised(Math.Pow(1 - Progress(step), _settings.Power ?? 1), end);
    }

    private double InverseRoot(long step)
    {
        var timescale = _settings.Timescale ?? (_warmup > 0 ? _warmup : 10_000);
        return 1 / Math.Sqrt((step + (double)timescale - _warmup) / timescale);
    }

    private double Staged(long step)
    {
        var least = _settings.MinLrRatio ?? 0;
        var decay = _settings.NumDecaySteps ?? 0;
        var stable = _settings.NumStableSteps ?? Math.Max(0, _total - _warmup - decay);
        if (step < _warmup) return Raised(Rise(step / (double)Math.Max(1, _warmup)), least);
        if (step < _warmup + (long)stable) return 1;
        if (step < _warmup + (long)stable + decay) return Math.Max(0, Raised(Fall((step - _warmup - stable) / (double)Math.Max(1, decay)), least));
        return least;
    }

    private double Rise(double progress) => (_settings.WarmupType ?? "linear") switch
    {
        "linear" => progress,
        "cosine" => 0.5 * (1 - Math.Cos(Math.PI * progress)),
        _ => 1 - Math.Sqrt(1 - progress),
    };

    private double Fall(double progress) => (_settings.DecayType ?? "cosine") switch
    {
        "linear" => 1 - progress,
        "cosine" => Cosine(progress),
        _ => 1 - Math.Sqrt(progress),
    };
}
