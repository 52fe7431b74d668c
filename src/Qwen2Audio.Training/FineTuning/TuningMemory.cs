using Qwen2Audio.Checkpoints;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.FineTuning;

/// <summary>
/// What fine-tuning needs of memory: what is trained with gradients, moments and the copies that saving makes, and what a piece of a step
/// keeps for its way back. It is less than what will be used, so that only what cannot run is refused. Frozen weights are mapped files.
/// </summary>
internal static class TuningMemory
{
    private const int BytesOfTrained = 16; // value, gradient and two moments, float32
    private const int BytesOfAverage = 4;
    private const int BytesOfLogit = 8; // and its gradient
    private const int LookedAt = 200;

    /// <summary>Bytes.</summary>
    /// <param name="recipe">Batch and what is trained.</param>
    /// <param name="model">Its sizes.</param>
    /// <param name="trained">Numbers that are trained.</param>
    /// <param name="data">What rows are filled with.</param>
    /// <param name="file">For messages.</param>
    /// <param name="available">Bytes that there are; null: those of the machine.</param>
    /// <exception cref="RecipeException">More parameters than can be trained here, or more bytes than there are.</exception>
    public static long Require(FineTuningRecipe recipe, BaseModel model, long trained, TuningData data, string file, long? available = null)
    {
        if (trained > int.MaxValue)
            throw new RecipeException($"{file}: {trained:N0} parameters are to be trained; at most {int.MaxValue:N0} can be: train an adapter (lora)");
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

    // tokens and labels of the largest of the first pieces that are computed at once
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
