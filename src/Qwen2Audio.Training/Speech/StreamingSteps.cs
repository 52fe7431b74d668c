using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Speech.Features;

namespace Qwen2Audio.Training.Speech;

/// <summary>Which steps run in chunks, and their features: a pure function of seed and step.</summary>
internal sealed class StreamingSteps(StreamingRecipe? recipe, FeatureScale scale, ulong seed)
{
    private const ulong Stream = 0x6368756E6B73;

    // A stream begins this much below the clip's maximum: 0 for a faint recording, 3.5 decades for one at full scale.
    private const double LowestStart = 3.5;

    /// <summary>The chunks of a step; null: it sees whole clips.</summary>
    public EncoderChunks? Of(long step)
    {
        if (recipe is null) return null;
        var random = new CounterRandom(seed ^ Stream, (ulong)step);
        return random.Chance(recipe.Share) ? new EncoderChunks(2 * random.Between(Math.Max(1, recipe.ChunkRows / 4), recipe.ChunkRows), recipe.LeftChunks) : null;
    }

    /// <summary>Scaled features [frames × bins], levelled as a stream does, chunk by chunk.</summary>
    /// <param name="features">Features of one clip, relative to its maximum.</param>
    /// <param name="chunkFrames">Frames of a chunk.</param>
    /// <param name="step">The step.</param>
    /// <param name="clip">Number of the clip in the step.</param>
    public float[] Level(float[] features, int chunkFrames, long step, int clip)
    {
        var random = new CounterRandom(seed ^ ~Stream, unchecked(((ulong)step << 16) + (ulong)clip));
        var level = new RunningLevel((float)-random.Uniform(0, LowestStart));
        float[] levelled = [.. features];
        scale.Undo(levelled);
        for (var first = 0; first < levelled.Length; first += chunkFrames * MelFrames.Bins)
            level.Apply(levelled.AsSpan(first, Math.Min(chunkFrames * MelFrames.Bins, levelled.Length - first)));
        scale.Apply(levelled);
        return levelled;
    }
}
