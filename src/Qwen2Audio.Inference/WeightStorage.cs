namespace Qwen2Audio.Inference;

/// <summary>How a checkpoint's weights are held while a model runs.</summary>
public enum WeightStorage
{
    /// <summary>Widened to float32 and packed for the fastest products: four bytes per element. For small models.</summary>
    Packed,

    /// <summary>Matrices stay in the mapped file in their stored type: no extra memory, no loading time.</summary>
    Stored,
}
