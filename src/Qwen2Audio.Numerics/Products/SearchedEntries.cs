namespace Qwen2Audio.Numerics.Products;

/// <summary>A codebook copied once into the order in which <see cref="NearestRows"/> reads it: for codebooks that are searched again and again.</summary>
public sealed class SearchedEntries : IDisposable
{
    private readonly NativeBuffer _buffer;

    /// <summary>Copies [entries, width], at least one entry.</summary>
    public SearchedEntries(Matrix entries)
    {
        (Count, Width) = (Math.Max(1, entries.Rows), entries.Columns);
        Shapes.Is(entries, Count, Width);
        _buffer = new NativeBuffer((long)NearestRows.Stride(Count) * Width);
        NearestRows.Turn(entries, Turned);
    }

    /// <summary>Number of entries.</summary>
    public int Count { get; }

    /// <summary>Numbers of an entry.</summary>
    public int Width { get; }

    /// <summary>Memory held.</summary>
    public long Bytes => _buffer.Length * sizeof(float);

    internal Matrix Turned => _buffer.Matrix(Width, NearestRows.Stride(Count));

    /// <summary>Copies an entry.</summary>
    public void CopyRow(int entry, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)entry, (uint)Count, nameof(entry));
        Shapes.Length(destination.Length, Width, nameof(destination));
        var turned = Turned;
        for (var i = 0; i < destination.Length; i++) destination[i] = turned.Row(i)[entry];
    }

    public void Dispose() => _buffer.Dispose();
}
