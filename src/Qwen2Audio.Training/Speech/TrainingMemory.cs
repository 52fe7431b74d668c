using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Speech.Features;
using Qwen2Audio.Training.Speech.Sampling;

namespace Qwen2Audio.Training.Speech;

/// <summary>
/// Memory that a recipe needs, from its sizes alone: parameters with gradients, Adam's moments and the copies for saving; two
/// pools of batches; what a step keeps for its backward pass. The estimate is a lower bound, so that only runs that cannot work are rejected.
/// </summary>
internal static class TrainingMemory
{
    private const int MinTokens = 64;         // control tokens and single characters
    private const int BytesPerParameter = 28;   // four blocks of float32, and copies of three while a checkpoint is written
    private const int Pools = 2;                // one in use, one in preparation

    /// <summary>Returns the bytes needed.</summary>
    /// <exception cref="RecipeException">There are more parameters than can be trained, or more bytes are needed than <paramref name="available"/>.</exception>
    public static long Require(SpeechRecipe recipe, string file, long? available = null)
    {
        var parameters = Parameters(recipe, file);
        if (parameters > int.MaxValue)
            throw new RecipeException($"{file}: model: its sizes make {parameters:N0} parameters; at most {int.MaxValue:N0} can be trained");
        long frames = recipe.Data.FramesPerBatch;
        var pools = Pools * new BatchSamplerOptions { Phases = [] }.PoolBatches * frames * MelFrames.Bins * sizeof(float);
        var step = frames / 4 * recipe.Model.EncoderLayers * (8L * recipe.Model.EncoderWidth + 2L * recipe.Model.EncoderFfn) * 2 * sizeof(float);
        var needed = parameters * BytesPerParameter + pools + step;
        var there = available ?? MemoryRequirement.Available;
        if (needed > there)
            throw new RecipeException(
                $"{file}: needs at least {MemoryRequirement.Gigabytes(needed)} of memory; {MemoryRequirement.Gigabytes(there)} are available (model: {parameters:N0} parameters, "
                + $"{MemoryRequirement.Gigabytes(parameters * BytesPerParameter)}; data.frames_per_batch: {frames:N0}, {MemoryRequirement.Gigabytes(pools + step)})");
        return needed;
    }

    private static long Parameters(SpeechRecipe recipe, string file)
    {
        var json = ModelConfigWriter.Write(SpeechModelSizes.Of(recipe.Model, MinTokens, 0), ModelKinds.Qwen2AudioCtc).ToJsonString();
        try
        {
            return ModelDescription.Read(ConfigObject.Parse(json, file)).Parameters;
        }
        catch (ConfigException exception)
        {
            throw new RecipeException($"{file}: model: found {exception.Problems[0].Found}; allowed: {exception.Problems[0].Allowed}", exception);
        }
    }
}
