using Qwen2Audio.Checkpoints;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>
/// Memory that fine-tuning needs: trained values with gradients, moments and the copies for saving, and what a piece of a step
/// keeps for its backward pass. The estimate is a lower bound, so that only runs that cannot work are rejected. Frozen weights are mapped files.
/// </summary>
internal static class TuningMemory
{
    private const int BytesOfTrained = 16; // value, gradient and two moments, float32
    private const int BytesOfAverage = 4;
    private const int BytesOfLogit = 8; // and its gradient
    private const int LookedAt = 200;

    /// <summary>Returns the bytes needed.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="trained">Number of trained elements.</param>
    /// <param name="data">The samples.</param>
    /// <param name="file">Path of the recipe, for messages.</param>
    /// <param name="available">Available bytes; null: those of the machine.</param>
    /// <exception cref="RecipeException">There are more parameters than can be trained, or too little memory.</exception>
    public static long Require(FineTuningRecipe recipe, BaseModel model, long trained, TuningData data, string file, long? available = null)
    {
        if (trained > int.MaxValue)
            throw new RecipeException($"{file}: {trained:N0} trained parameters; allowed: at most {int.MaxValue:N0}. Train an adapter (lora)");
        var (text, batch) = (model.Text, recipe.Batch);
        var state = trained * (BytesOfTrained + (recipe.Average is null ? 0 : BytesOfAverage));
        var (tokens, labels) = Largest(data, batch);
        var layers = recipe.Recompute ? 1 : text.NumHiddenLayers;
        var step = tokens * sizeof(float) * (layers * 8L * text.HiddenSize + (recipe.Recompute ? (long)text.NumHiddenLayers * text.HiddenSize : 0))
            + labels * text.VocabSize * BytesOfLogit;
        var there = available ?? MemoryRequirement.Available;
        if (state + step > there)
            throw new RecipeException(
                $"{file}: needs at least {MemoryRequirement.Gigabytes(state + step)} of memory; {MemoryRequirement.Gigabytes(there)} are available ({trained:N0} trained parameters, {MemoryRequirement.Gigabytes(state)}; "
                + $"{tokens:N0} tokens and {labels:N0} labels at once, {MemoryRequirement.Gigabytes(step)}). Train an adapter (lora), lower batch.rows_at_once or batch.row_tokens, or set recompute");
        return state + step;
    }

    // tokens and labels of the largest of the first pieces
    private static (long Tokens, long Labels) Largest(TuningData data, BatchRecipe batch)
    {
        var (tokens, labels) = (0L, 0L);
        for (long step = 0; step < Math.Min(data.Steps, LookedAt); step++)
        {
            foreach (var piece in data.Order.Step(step).Rows.Chunk(batch.RowsAtOnce))
            {
                var samples = piece.SelectMany(row => row).ToList();
                tokens = Math.Max(tokens, samples.Sum(sample => (long)data.Train.Length(sample.Sample, sample.Epoch)));
                labels = Math.Max(labels, samples.Sum(sample => (long)data.Train.Labels(sample.Sample)));
            }
        }

        return (tokens, labels);
    }
}
