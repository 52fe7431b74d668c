using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Text.Chat;
using Qwen2Audio.Training.Optimisation;
using static Qwen2Audio.Training.Recipes.RecipeRanges;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>Checks the ranges of a fine-tuning recipe's settings, and which of them may be combined.</summary>
internal static class FineTuningRecipeRules
{
    private const int MaxSteps = 100_000_000;

    public static IEnumerable<string> Problems(FineTuningRecipe recipe) =>
    [
        .. AtLeast("seed", recipe.Seed, 0), .. Length(recipe), .. Base(recipe.Model), .. Lora(recipe.Lora), .. Data(recipe), .. Batch(recipe.Batch),
        .. recipe.Optimizer.Problems(), .. Schedule(recipe), .. Losses(recipe), .. recipe.Checkpoints.Problems(), .. Measured(recipe),
    ];

    private static IEnumerable<string> Length(FineTuningRecipe recipe)
    {
        if (recipe.Steps is null == recipe.Epochs is null) yield return $"{(recipe.Steps is null ? "neither steps nor epochs is" : "both steps and epochs are")} given: one of them is needed";
        if (recipe.Steps is { } steps)
            foreach (var problem in Between("steps", steps, 1, MaxSteps)) yield return problem;
        if (recipe.Epochs is { } epochs && !(epochs > 0 && epochs <= 1e6)) yield return $"epochs is {epochs}: above 0, to 1000000 is allowed";
    }

    private static IEnumerable<string> Measured(FineTuningRecipe recipe)
    {
        if (recipe.Checkpoints.EvaluateEvery > 0 && recipe.Data.Validation.Length == 0)
            yield return $"checkpoints.evaluate_every is {recipe.Checkpoints.EvaluateEvery}, and data.validation names nothing to measure on";
    }

    private static IEnumerable<string> Base(BaseRecipe model)
    {
        if (string.IsNullOrWhiteSpace(model.Base)) yield return "model.base is missing: the folder or name of the base model is needed";
        if (model.Template is { } template && !ChatTemplate.Known.Any(known => known.Name == template))
            yield return $"model.template is {template}: {string.Join(" or ", ChatTemplate.Known)} is allowed";
        if (!model.TrainLanguageModel && !model.TrainProjector && !model.TrainAudioTower)
            yield return "model: nothing is trained; one of train_language_model, train_projector and train_audio_tower must be true";
    }

    private static IEnumerable<string> Lora(LoraRecipe? lora)
    {
        if (lora is null) yield break;
        foreach (var problem in Between("lora.r", lora.R, 1, 65_536)) yield return problem;
        foreach (var problem in Between("lora.alpha", lora.Alpha, 1e-6, 1e9)) yield return problem;
        foreach (var problem in Between("lora.dropout", lora.Dropout, 0, 0.99)) yield return problem;
        if (lora.TargetModules.Length == 0) yield return $"lora.target_modules is empty: name linear layers, or {ModuleSelector.AllLinear}";
        if (lora.TargetModules.Length > 1 && lora.TargetModules.Contains(ModuleSelector.AllLinear, StringComparer.OrdinalIgnoreCase))
            yield return $"lora.target_modules has {ModuleSelector.AllLinear} and others: it must be the only entry";
    }

    private static IEnumerable<string> Data(FineTuningRecipe recipe)
    {
        var data = recipe.Data;
        if (data.Train.Length == 0) yield return "data.train is empty: name at least one file of conversations";
        if (data.MaxTokens is { } most)
            foreach (var problem in Between("data.max_tokens", most, 2, 10_000_000)) yield return problem;
        foreach (var problem in Between("data.max_skipped_percent", data.MaxSkippedPercent, 0, 100)) yield return problem;
        foreach (var problem in data.Augmentation?.Problems("data.augmentation") ?? []) yield return problem;
    }

    private static IEnumerable<string> Batch(BatchRecipe batch)
    {
        foreach (var problem in Between("batch.row_tokens", batch.RowTokens, 2, 10_000_000)) yield return problem;
        foreach (var problem in Between("batch.rows", batch.Rows, 1, 1_000_000)) yield return problem;
        if (batch.RowsAtOnce < 1 || batch.RowsAtOnce > Math.Max(1, batch.Rows))
            yield return $"batch.rows_at_once is {batch.RowsAtOnce}: 1…{Math.Max(1, batch.Rows)} (batch.rows) is allowed";
    }

    private static IEnumerable<string> Schedule(FineTuningRecipe recipe)
    {
        var settings = recipe.Schedule.NumTrainingSteps is null && LearningRateRules.HasEnd(recipe.Schedule.Type)
            ? recipe.Schedule with { NumTrainingSteps = recipe.Steps ?? 1 } : recipe.Schedule;
        foreach (var problem in LearningRateRules.Problems(settings)) yield return $"schedule.{problem}";
        if (recipe.Steps is { } steps and > 0)
            foreach (var problem in LearningRateRules.TooLong(LearningRateRules.OfRun(recipe.Schedule, steps), steps)) yield return $"schedule.{problem}";
        if (recipe.Schedule.LearningRate > 10) yield return $"schedule.learning_rate is {recipe.Schedule.LearningRate}: at most 10 is allowed";
        if (recipe.Average is { } average)
            foreach (var problem in Between("average.decay", average.Decay, 0, 0.9999999)) yield return problem;
    }

    private static IEnumerable<string> Losses(FineTuningRecipe recipe)
    {
        var (losses, standard) = (recipe.Losses, new TuningLossRecipe());
        if (recipe.Method == FineTuningMethod.Preferences && (losses with { TokenGroups = standard.TokenGroups } != standard || losses.TokenGroups.Length > 0))
            yield return "losses is for supervised training: with method preferences, preferences.beta and preferences.label_smoothing are the settings of the loss";
        if (recipe.Method == FineTuningMethod.Supervised && recipe.Preferences != new PreferenceRecipe())
            yield return "preferences is for method preferences: leave it out, or set method";
        if (losses.Balance is { } balance)
            foreach (var problem in Between("losses.balance", balance, 0, 1000)) yield return problem;
        foreach (var problem in Between("losses.router_z", losses.RouterZ, 0, 1000)) yield return problem;
        foreach (var problem in Between("losses.label_smoothing", losses.LabelSmoothing, 0, 0.99)) yield return problem;
        for (var i = 0; i < losses.TokenGroups.Length; i++)
        {
            var (name, group) = ($"losses.token_groups[{i}]", losses.TokenGroups[i]);
            foreach (var problem in AtLeast($"{name}.first", group.First, 0)) yield return problem;
            foreach (var problem in AtLeast($"{name}.count", group.Count, 1)) yield return problem;
            foreach (var problem in Between($"{name}.weight", group.Weight, 0, 1e6)) yield return problem;
        }

        foreach (var problem in Between("preferences.beta", recipe.Preferences.Beta, 1e-6, 1000)) yield return problem;
        foreach (var problem in Between("preferences.label_smoothing", recipe.Preferences.LabelSmoothing, 0, 0.49)) yield return problem;
    }
}
