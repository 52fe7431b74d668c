using System.Diagnostics;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Distributed;

/// <summary>Open MPI's exchange.</summary>
internal sealed class MpiExchange : IExchange
{
    private static readonly TimeSpan Spinning = TimeSpan.FromMilliseconds(2);

    public nint BeginSum(Matrix values) => Mpi.BeginSum(values.Address, values.Columns);

    public bool IsDone(ref nint request) => Mpi.IsDone(ref request);

    public void Wait(ref nint request) => Mpi.Wait(ref request);

    // inside Open MPI a rank that waits takes a whole core, of which the one that it waits for may be in need
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
