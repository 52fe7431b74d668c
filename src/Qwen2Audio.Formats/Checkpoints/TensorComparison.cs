using System.Buffers;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>Compares the values of tensors, piece by piece, up to the first difference.</summary>
public static class TensorComparison
{
    private const int Piece = 1 << 16;

    /// <summary>Whether two tensors have the same shape and the same values in float32, whatever their types.</summary>
    /// <exception cref="CheckpointException">A tensor does not exist, has no floating-point type, or cannot be read.</exception>
    public static bool Equal(ITensorSource source, string name, ITensorSource other, string otherName)
    {
        var (tensor, compared) = (TensorReading.Find(source, name), TensorReading.Find(other, otherName));
        if (!tensor.Shape.SequenceEqual(compared.Shape)) return false;
        return EachPiece(tensor.Count, (a, b, start) =>
        {
            source.ReadFloats(name, a, start);
            other.ReadFloats(otherName, b, start);
            return a.SequenceEqual(b);
        });
    }

    /// <summary>Whether every number of a tensor is 0.</summary>
    /// <exception cref="CheckpointException">It does not exist, has no floating-point type, or cannot be read.</exception>
    public static bool IsZero(ITensorSource source, string name) => EachPiece(TensorReading.Find(source, name).Count, (a, _, start) =>
    {
        source.ReadFloats(name, a, start);
        return !a.ContainsAnyExcept(0f);
    });

    private delegate bool PieceTest(Span<float> a, Span<float> b, long start);

    private static bool EachPiece(long count, PieceTest holds)
    {
        float[] a = ArrayPool<float>.Shared.Rent(Piece), b = ArrayPool<float>.Shared.Rent(Piece);
        try
        {
            for (long start = 0; start < count; start += Piece)
            {
                var length = (int)Math.Min(Piece, count - start);
                if (!holds(a.AsSpan(0, length), b.AsSpan(0, length), start)) return false;
            }

            return true;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(a);
            ArrayPool<float>.Shared.Return(b);
        }
    }
}
