using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>Reads all weights once and looks for infinities and NaN.</summary>
public static class WeightScan
{
    private const int Piece = 1 << 16;

    /// <summary>Requires every number of every floating-point tensor to be finite.</summary>
    /// <exception cref="CheckpointException">Lists each tensor with a value that is not finite, and the index of the first one.</exception>
    public static void RequireFinite(ITensorSource source, CancellationToken cancel = default)
    {
        var problems = new ProblemList();
        var buffer = new float[Piece];
        foreach (var tensor in source.Tensors.Values)
        {
            if (!tensor.DType.IsFloat()) continue;
            if (FirstNotFinite(source, tensor, buffer, cancel) is { } first)
                problems.Add($"{source.Place(tensor.Name)}, number {first.Index}", $"{first.Value}", "finite numbers");
        }
        if (problems.Count > 0) throw new CheckpointException(source.Path, problems);
    }

    private static (long Index, float Value)? FirstNotFinite(ITensorSource source, TensorInfo tensor, float[] buffer, CancellationToken cancel)
    {
        for (long start = 0; start < tensor.Count; start += Piece)
        {
            cancel.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(Piece, tensor.Count - start));
            source.ReadFloats(tensor.Name, piece, start);
            for (var i = 0; i < piece.Length; i++)
                if (!float.IsFinite(piece[i])) return (start + i, piece[i]);
        }
        return null;
    }
}
