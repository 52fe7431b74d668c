using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Inference.Adapters;

/// <summary>What an adapter adds to the products of one weight: scaling · B(A x), read and packed at first use, the factor put into B.</summary>
internal sealed class InferenceLowRank : IDisposable
{
    private readonly InferenceWeight _a;
    private readonly InferenceWeight _b;

    public InferenceLowRank(LoraTarget target, AdapterFolder folder)
    {
        Rank = target.Rank;
        _a = new InferenceWeight(target.NameOfA, [target.Rank, target.In], matrix => folder.Source.ReadFloats(target.NameOfA, matrix.Span, 0));
        _b = new InferenceWeight(target.NameOfB, [target.Out, target.Rank], matrix =>
        {
            folder.Source.ReadFloats(target.NameOfB, matrix.Span, 0);
            foreach (ref var number in matrix.Span) number = (float)(number * target.Scaling);
        });
    }

    /// <summary>r.</summary>
    public int Rank { get; }

    /// <summary>Memory held, in bytes.</summary>
    public long Bytes => _a.Bytes + _b.Bytes;

    /// <summary>A as right operand of x.</summary>
    public PackedMatrix A(WorkerPool pool) => _a.Packed(pool);

    /// <summary>scaling · B as right operand of x · Aᵀ.</summary>
    public PackedMatrix B(WorkerPool pool) => _b.Packed(pool);

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }
}
