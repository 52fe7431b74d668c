using System.Diagnostics;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Distributed;

/// <summary>Communication through Open MPI.</summary>
internal sealed class MpiCollectives : ICollectives
{
    private static readonly TimeSpan Spinning = TimeSpan.FromMilliseconds(2);

    public nint BeginSum(Matrix values) => Mpi.BeginSum(values.Address, values.Columns);

    public bool IsDone(ref nint request) => Mpi.IsDone(ref request);

    public void Wait(ref nint request) => Mpi.Wait(ref request);

    // sleeps between polls: Open MPI's own barrier would busy-wait on a core that the awaited rank may need
    public void Meet()
    {
        var request = Mpi.BeginBarrier();
        var begun = Stopwatch.GetTimestamp();
        while (!Mpi.IsDone(ref request))
            if (Stopwatch.GetElapsedTime(begun) > Spinning) Thread.Sleep(1);
    }

    public void Sum(Span<double> values) => Mpi.Sum(values);

    public void Broadcast(Span<byte> bytes) => Mpi.Broadcast(bytes);

    public void Stop() => Mpi.Stop();
}
