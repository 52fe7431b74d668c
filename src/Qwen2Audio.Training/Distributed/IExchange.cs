using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Distributed;

/// <summary>What ranks need of a library that moves numbers between processes. All ranks make the same calls in the same order.</summary>
internal interface IExchange
{
    /// <summary>Begins to replace numbers (one row, without padding) by their sums over all ranks; returns a request, not 0.</summary>
    nint BeginSum(Matrix values);

    /// <summary>Lets the exchange go on, and says whether it is done; the request is void then.</summary>
    bool IsDone(ref nint request);

    /// <summary>Returns when a sum is done; the request is void then.</summary>
    void Wait(ref nint request);

    /// <summary>Returns when all ranks have called, without taking a core of those that still work.</summary>
    void Meet();

    /// <summary>Replaces each number by its sum over all ranks.</summary>
    void Sum(Span<double> values);

    /// <summary>Replaces the bytes, at most 2³¹ − 1, by those of rank 0.</summary>
    void Broadcast(Span<byte> bytes);

    /// <summary>The last call.</summary>
    void Stop();
}
