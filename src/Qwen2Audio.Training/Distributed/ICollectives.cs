using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Distributed;

/// <summary>The communication that ranks need between processes. All ranks make the same calls in the same order.</summary>
internal interface ICollectives
{
    /// <summary>Starts to replace elements (one row, without padding) with their sums over all ranks; returns a request, not 0.</summary>
    nint BeginSum(Matrix values);

    /// <summary>Makes progress and says whether the request is complete; it is then invalid.</summary>
    bool IsDone(ref nint request);

    /// <summary>Waits until a sum is complete; the request is then invalid.</summary>
    void Wait(ref nint request);

    /// <summary>A barrier that does not occupy a core while it waits.</summary>
    void Meet();

    /// <summary>Replaces each element with its sum over all ranks.</summary>
    void Sum(Span<double> values);

    /// <summary>Replaces the bytes, fewer than 2³¹, with those of rank 0.</summary>
    void Broadcast(Span<byte> bytes);

    /// <summary>Shuts down; the last call.</summary>
    void Stop();
}
