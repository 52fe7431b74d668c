namespace Qwen2Audio.Training.Data;

/// <summary>The level that clips are brought to before features are computed.</summary>
public static class PeakLevel
{
    /// <summary>Largest absolute sample after scaling.</summary>
    public const float Target = 0.5f;

    /// <summary>The factor that brings samples to the level; 1 for digital silence.</summary>
    public static float Scale(ReadOnlySpan<float> samples)
    {
        var peak = 0f;
        foreach (var sample in samples) peak = Math.Max(peak, Math.Abs(sample));
        return peak > 0 ? Target / peak : 1;
    }
}
