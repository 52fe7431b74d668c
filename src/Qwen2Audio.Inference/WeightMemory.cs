using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Inference;

/// <summary>The memory that a model's weights take in use.</summary>
public static class WeightMemory
{
    /// <summary>How a model of this kind holds its weights: small models and codecs packed, others as stored.</summary>
    public static WeightStorage StorageOf(string kind) =>
        kind == ModelKinds.Qwen2AudioCtc || ModelKinds.Codecs.Contains(kind) ? WeightStorage.Packed : WeightStorage.Stored;

    /// <summary>Bytes of all weights: matrices that products read in place as stored, others (vectors, kernels, types stored in blocks) in float32.</summary>
    public static long Held(ITensorSource source, WeightStorage storage) => source.Tensors.Values.Where(tensor => tensor.DType.IsFloat())
        .Sum(tensor => IsInPlace(storage, tensor.DType, tensor.Shape.Count) ? tensor.ByteLength : tensor.Count * sizeof(float));

    /// <summary>Whether products read a weight of this type and number of dimensions in the mapped file.</summary>
    internal static bool IsInPlace(WeightStorage storage, DType type, int dimensions) =>
        storage == WeightStorage.Stored && dimensions == 2 && type.Stored() is not null;
}
