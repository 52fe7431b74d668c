using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Stored;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference;

/// <summary>The elements of a weight, in the form in which they are held.</summary>
internal abstract class WeightData : IDisposable
{
    /// <summary>Memory that it owns, in bytes.</summary>
    public virtual long Bytes => 0;

    /// <summary>Copies row ids[i] to row i of y.</summary>
    public abstract void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y);

    /// <summary>Frees the memory that it owns.</summary>
    public abstract void Dispose();
}

/// <summary>Row-major, for vectors and tables.</summary>
internal sealed class RowMajorData(NativeBuffer buffer, int rows, int columns) : WeightData
{
    public Matrix Matrix => buffer.Matrix(rows, columns);

    public override long Bytes => buffer.Length * sizeof(float);

    public override void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y) => RowGather.Forward(pool, Matrix, ids, y);

    public override void Dispose() => buffer.Dispose();
}

/// <summary>Packed for matrix products.</summary>
internal sealed class PackedData(PackedMatrix packed) : WeightData
{
    public PackedMatrix Matrix => packed;

    public override long Bytes => packed.Bytes;

    public override void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y)
    {
        for (var i = 0; i < ids.Length; i++) packed.CopyColumn(ids[i], y.Row(i));
    }

    public override void Dispose() => packed.Dispose();
}

/// <summary>A convolution kernel packed as right operands, one for each group.</summary>
internal sealed class KernelData(PackedMatrix[] groups, KernelLayout form) : WeightData
{
    public PackedMatrix[] Groups => groups;

    public KernelLayout Form => form;

    public override long Bytes => groups.Sum(group => group.Bytes);

    public override void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y) =>
        throw new InvalidOperationException("A convolution kernel is not a table.");

    public override void Dispose()
    {
        foreach (var group in groups) group.Dispose();
    }
}

/// <summary>A codebook, ready to be searched.</summary>
/// <param name="searched">What is searched: the entries, or their directions.</param>
/// <param name="plain">The entries, if their directions are searched.</param>
internal sealed class CodebookData(SearchedEntries searched, RowMajorData? plain) : WeightData
{
    public SearchedEntries Searched => searched;

    public bool ByDirection => plain is not null;

    public override long Bytes => searched.Bytes + (plain?.Bytes ?? 0);

    public override void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y)
    {
        if (plain is not null) plain.CopyRows(pool, ids, y);
        else for (var i = 0; i < ids.Length; i++) searched.CopyRow(ids[i], y.Row(i));
    }

    public override void Dispose()
    {
        searched.Dispose();
        plain?.Dispose();
    }
}

/// <summary>Read in place, in any stored type that products support.</summary>
internal sealed class StoredData(StoredMatrix stored) : WeightData
{
    public StoredMatrix Matrix => stored;

    public override void CopyRows(WorkerPool pool, ReadOnlySpan<int> ids, Matrix y) => StoredRows.Gather(stored, ids, y);

    public override void Dispose()
    {
    }
}
