using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>The conditions of a fine-tuning run: its recipe, base model, samples with their audio, tokenizer and ranks.</summary>
internal static class TuningConditions
{
    /// <summary>The conditions of a recipe and its resolved settings.</summary>
    public static RunConditions Of(FineTuningRecipe recipe, BaseModel model, TuningData data, double balance, int ranks)
    {
        var result = RunConditions.Of(recipe with
        {
            Checkpoints = recipe.Checkpoints.AffectingWeights(),
            // compares the files' content, not their location
            Model = recipe.Model with { Base = "" },
            Data = recipe.Data with
            {
                Train = [],
                Validation = [],
                Augmentation = recipe.Data.Augmentation is null ? null : recipe.Data.Augmentation with { NoiseSources = [] },
            },
            Losses = recipe.Losses with { Balance = balance },
        });
        result.Add("base", model.Identity());
        result.Add("tokenizer", $"{model.TokenizerIdentity()}, template {model.Template}");
        result.Add("samples", data.Train.Identity);
        if (data.NoiseIdentity is { } noise) result.Add("noise", noise);
        result.Add("total_steps", data.Steps.ToString(CultureInfo.InvariantCulture));
        result.Add("ranks", ranks.ToString(CultureInfo.InvariantCulture));
        return result;
    }
}
