using Qwen2Audio.Formats;

namespace Qwen2Audio.Inference;

/// <summary>A model with its weights.</summary>
public interface ILoadedModel : IDisposable
{
    /// <summary>The weights of the checkpoint.</summary>
    CheckpointWeights Weights { get; }

    /// <summary>Stored size of all tensors, in bytes.</summary>
    long StoredBytes { get; }

    /// <summary>Reads all weights once and checks that they are finite.</summary>
    /// <exception cref="CheckpointException">A weight has a number that is not finite; names the tensor.</exception>
    void CheckWeights();
}
