using System.Numerics;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Spectra;

/// <summary>What is done to some rows at once, one in each lane; <paramref name="count"/> is at most the number of lanes.</summary>
internal unsafe delegate void RowGroup(Vector<double>* scratch, int first, int count);

/// <summary>Processes rows in groups of one per vector lane, whose transforms are computed together.</summary>
internal static unsafe class RowGroups
{
    private const int ItemLength = 1 << 15; // floats per work item

    /// <summary>Calls <paramref name="body"/> for all rows, in items that the workers share.</summary>
    /// <param name="transform">What is computed of each row.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="body">Work on a group, and the buffer for its transform.</param>
    public static void Run(WorkerPool pool, RealTransform transform, int rows, RowGroup body)
    {
        var lanes = FourierTransform.Lanes;
        var rowsPerItem = Math.Max(1, ItemLength / (transform.Points * lanes)) * lanes;
        pool.For((rows + rowsPerItem - 1) / rowsPerItem, (item, worker) =>
        {
            var scratch = (Vector<double>*)pool.Scratch(worker, transform.ScratchLength);
            var end = Math.Min(rows, (item + 1) * rowsPerItem);
            for (var first = item * rowsPerItem; first < end; first += lanes) body(scratch, first, Math.Min(lanes, end - first));
        });
    }
}
