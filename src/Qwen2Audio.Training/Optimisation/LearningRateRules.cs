namespace Qwen2Audio.Training.Optimisation;

/// <summary>Validates the settings of a schedule.</summary>
internal static class LearningRateRules
{
    private static readonly Dictionary<string, string[]> Used = new(StringComparer.Ordinal)
    {
        ["constant"] = [],
        ["constant_with_warmup"] = ["num_warmup_steps", "warmup_ratio"],
        ["linear"] = ["num_warmup_steps", "warmup_ratio", "num_training_steps"],
        ["cosine"] = ["num_warmup_steps", "warmup_ratio", "num_training_steps", "num_cycles"],
        ["cosine_with_min_lr"] = ["num_warmup_steps", "warmup_ratio", "num_training_steps", "num_cycles", "min_lr", "min_lr_rate"],
        ["cosine_warmup_with_min_lr"] = ["num_warmup_steps", "warmup_ratio", "num_training_steps", "num_cycles", "min_lr", "min_lr_rate", "warmup_lr_rate"],
        ["cosine_with_restarts"] = ["num_warmup_steps", "warmup_ratio", "num_training_steps", "num_cycles"],
        ["polynomial"] = ["num_warmup_steps", "warmup_ratio", "num_training_steps", "lr_end", "power"],
        ["inverse_sqrt"] = ["num_warmup_steps", "warmup_ratio", "timescale"],
        ["warmup_stable_decay"] =
        [
            "num_warmup_steps", "warmup_ratio", "num_training_steps", "num_stable_steps", "num_decay_steps", "num_cycles", "warmup_type", "decay_type",
            "min_lr_ratio",
        ],
    };

    private static readonly string[] Shapes = ["linear", "cosine", "1-sqrt"];

    /// <summary>Names of the schedules.</summary>
    public static IReadOnlyCollection<string> Types => Used.Keys;

    /// <summary>True when <see cref="LearningRateSettings.NumTrainingSteps"/> sets the schedule's end.</summary>
    public static bool HasEnd(string type) => Used.TryGetValue(type, out var used) && used.Contains("num_training_steps", StringComparer.Ordinal);

    /// <summary>All invalid settings: name, value found, values allowed.</summary>
    public static IEnumerable<string> Problems(LearningRateSettings settings)
    {
        if (!(settings.LearningRate > 0 && double.IsFinite(settings.LearningRate))) yield return Text("learning_rate", settings.LearningRate, "a number above 0");
        if (!Used.TryGetValue(settings.Type, out var used))
        {
            yield return Text("type", settings.Type, string.Join(", ", Types));
            yield break;
        }

        foreach (var (name, value, minimum, maximum) in Numbers(settings))
        {
            if (value is not { } number) continue;
            if (!used.Contains(name, StringComparer.Ordinal)) yield return Text(name, number, $"nothing: {settings.Type} does not use it");
            else if (!(number >= minimum && number <= maximum)) yield return Text(name, number, Range(minimum, maximum));
        }

        foreach (var (name, value) in new[] { ("warmup_type", settings.WarmupType), ("decay_type", settings.DecayType) })
        {
            if (value is null) continue;
            if (!used.Contains(name, StringComparer.Ordinal)) yield return Text(name, value, $"nothing: {settings.Type} does not use it");
            else if (!Shapes.Contains(value, StringComparer.Ordinal)) yield return Text(name, value, string.Join(", ", Shapes));
        }

        foreach (var missing in Missing(settings, used)) yield return missing;
    }

    /// <summary>The settings for a run of this many steps, with end and warm-up in steps.</summary>
    public static LearningRateSettings OfRun(LearningRateSettings settings, long steps)
    {
        var total = settings.NumTrainingSteps ?? checked((int)steps);
        return settings with
        {
            NumTrainingSteps = HasEnd(settings.Type) ? total : settings.NumTrainingSteps,
            NumWarmupSteps = settings.WarmupRatio is >= 0 and <= 1 and var ratio ? WarmupSteps(ratio, total) : settings.NumWarmupSteps,
            WarmupRatio = null,
        };
    }

    /// <summary>Warm-up steps for a ratio of all steps, rounded up as in transformers.</summary>
    internal static int WarmupSteps(double ratio, int steps) => (int)Math.Ceiling(ratio * steps);

    /// <summary>Parts of a schedule that would lie beyond the end of a run.</summary>
    /// <param name="settings">The schedule.</param>
    /// <param name="steps">Steps of the run.</param>
    public static IEnumerable<string> TooLong(LearningRateSettings settings, long steps)
    {
        long warmup = settings.NumWarmupSteps ?? 0;
        if (warmup > steps)
        {
            yield return Text("num_warmup_steps", warmup, $"at most {steps}, the steps of the run");
            yield break;
        }

        var all = warmup + (settings.NumStableSteps ?? 0) + (settings.NumDecaySteps ?? 0);
        if (all > steps) yield return Text("num_warmup_steps + num_stable_steps + num_decay_steps", all, $"at most {steps}, the steps of the run");
    }

    private static IEnumerable<string> Missing(LearningRateSettings settings, string[] used)
    {
        if (settings.WarmupRatio is not null && settings.NumWarmupSteps is not null) yield return "num_warmup_steps and warmup_ratio are both given; allowed: one of them";
        var staged = string.Equals(settings.Type, "warmup_stable_decay", StringComparison.Ordinal);
        if (settings.NumTrainingSteps is null && used.Contains("num_training_steps", StringComparer.Ordinal) && !(staged && settings.NumStableSteps is not null))
            yield return Text("num_training_steps", "nothing", "a whole number, 0 or more");
        if (staged && settings.NumDecaySteps is null) yield return Text("num_decay_steps", "nothing", "a whole number, 0 or more");
        if (!used.Contains("min_lr", StringComparer.Ordinal)) yield break;
        if (settings.MinLr is null == settings.MinLrRate is null)
            yield return $"min_lr and min_lr_rate are {(settings.MinLr is null ? "both missing; needed" : "both given; allowed")}: one of them";
    }

    private static IEnumerable<(string Name, double? Value, double Minimum, double Maximum)> Numbers(LearningRateSettings settings)
    {
        const double Most = double.MaxValue;
        yield return ("num_warmup_steps", settings.NumWarmupSteps, 0, Most);
        yield return ("warmup_ratio", settings.WarmupRatio, 0, 1);
        yield return ("num_training_steps", settings.NumTrainingSteps, 0, Most);
        yield return ("num_cycles", settings.NumCycles, 0, Most);
        yield return ("min_lr", settings.MinLr, 0, settings.LearningRate);
        yield return ("min_lr_rate", settings.MinLrRate, 0, 1);
        yield return ("warmup_lr_rate", settings.WarmupLrRate, 0, 1);
        yield return ("lr_end", settings.LrEnd, 0, settings.LearningRate);
        yield return ("power", settings.Power, 0, Most);
        yield return ("timescale", settings.Timescale, 1, Most);
        yield return ("num_stable_steps", settings.NumStableSteps, 0, Most);
        yield return ("num_decay_steps", settings.NumDecaySteps, 0, Most);
        yield return ("min_lr_ratio", settings.MinLrRatio, 0, 1);
    }

    private static string Range(double minimum, double maximum) => maximum < double.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"{minimum} to {maximum}")
        : string.Create(CultureInfo.InvariantCulture, $"{minimum} or more");

    private static string Text(string name, object found, string allowed) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} is {found}; allowed: {allowed}");
}
