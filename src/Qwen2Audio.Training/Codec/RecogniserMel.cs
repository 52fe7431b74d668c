using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Codec;

/// <summary>The input of a recogniser for crops of equal length.</summary>
/// <param name="Clips">The crops' log-mel.</param>
/// <param name="Values">[crops · frames, bins], normalised.</param>
/// <param name="Frames">Layout of the crops.</param>
internal sealed record RecogniserMel(IReadOnlyList<ClipLogMel> Clips, float[] Values, Layout Frames)
{
    /// <param name="sounds">[crops, samples] at 16 kHz.</param>
    /// <param name="crops">Number of crops.</param>
    /// <param name="mean">Of each bin.</param>
    /// <param name="deviation">Of each bin.</param>
    public static RecogniserMel Of(float[] sounds, int crops, float[] mean, float[] deviation)
    {
        var bins = mean.Length;
        List<ClipLogMel> clips = [.. sounds.Chunk(sounds.Length / crops).Select(crop => ClipLogMel.Compute(crop, bins))];
        float[] values = [.. clips.SelectMany(clip => clip.Values)];
        for (var i = 0; i < values.Length; i++) values[i] = (values[i] - mean[i % bins]) / deviation[i % bins];
        return new RecogniserMel(clips, values, Layout.Of([.. clips.Select(clip => clip.Frames)]));
    }

    /// <summary>As a constant, [crops · frames, bins].</summary>
    public Variable Input(TrainingOps ops) => ops.Input(Values, Frames.Rows, Values.Length / Frames.Rows);
}
