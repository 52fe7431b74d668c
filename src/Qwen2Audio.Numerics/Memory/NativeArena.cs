namespace Qwen2Audio.Numerics.Memory;

/// <summary>
/// Bump allocator for the intermediate results of a forward or backward pass. Memory is allocated in chunks and reused after
/// <see cref="Release"/> and <see cref="Reset"/>, which replaces several chunks by one; so a loop that repeats the same work
/// allocates nothing after its second round, and one whose work grows leaves no chunks behind that are too small. Not thread-safe: one owner.
/// </summary>
public sealed class NativeArena : IDisposable
{
    private const int Alignment = 16; // floats, 64 bytes
    private readonly List<NativeBuffer> _chunks = [];
    private readonly long _chunkLength;
    private int _chunk;
    private long _offset;
    private long _used;
    private long _peak;

    /// <summary>Creates an arena that grows by chunks of at least <paramref name="chunkLength"/> values.</summary>
    public NativeArena(long chunkLength = 1 << 20) => _chunkLength = chunkLength;

    /// <summary>Numbers held in all chunks: what the arena costs.</summary>
    public long Capacity { get; private set; }

    /// <summary>The current position, for <see cref="Release"/>.</summary>
    public Mark Position => new(_chunk, _offset, _used);

    /// <summary>A matrix whose values are undefined until written.</summary>
    public Matrix Allocate(int rows, int columns)
    {
        var needed = checked((long)rows * columns + Alignment - 1) / Alignment * Alignment;
        while (_chunk < _chunks.Count && _chunks[_chunk].Length - _offset < needed)
        {
            _chunk++;
            _offset = 0;
        }

        if (_chunk == _chunks.Count) Add(Math.Max(needed, _chunkLength));

        var matrix = _chunks[_chunk].Matrix(rows, columns, _offset);
        _offset += needed;
        _used += needed;
        _peak = Math.Max(_peak, _used);
        return matrix;
    }

    /// <summary>A matrix of zeros.</summary>
    public Matrix AllocateZeroed(int rows, int columns)
    {
        var matrix = Allocate(rows, columns);
        matrix.Clear();
        return matrix;
    }

    /// <summary>Releases everything that was allocated after <paramref name="mark"/> (the whole arena by default).</summary>
    public void Release(Mark mark = default)
    {
        _chunk = mark.Chunk;
        _offset = mark.Offset;
        _used = mark.Used;
    }

    /// <summary>
    /// Like <see cref="Release"/>; if that leaves several chunks free, one of the size needed at the peak replaces them, so
    /// the memory of matrices after the mark is freed, not only reused.
    /// </summary>
    public void Reset(Mark mark = default)
    {
        Release(mark);
        var first = mark == default ? 0 : mark.Chunk + 1;
        if (_chunks.Count - first < 2) return;
        for (var i = first; i < _chunks.Count; i++)
        {
            Capacity -= _chunks[i].Length;
            _chunks[i].Dispose();
        }

        _chunks.RemoveRange(first, _chunks.Count - first);
        Add((_peak - mark.Used + _chunkLength - 1) / _chunkLength * _chunkLength);
    }

    /// <summary>
    /// Releases everything that was allocated after <paramref name="mark"/> except the values of <paramref name="kept"/>, which
    /// move down to the mark. A matrix below the mark, or outside the arena, stays where it is.
    /// </summary>
    /// <returns><paramref name="kept"/> at its new address.</returns>
    public unsafe Matrix ReleaseExcept(Mark mark, Matrix kept)
    {
        var above = IsAbove(mark, kept);
        Release(mark);
        if (!above) return kept;
        var moved = Allocate(kept.Rows, kept.Columns); // first fit: never after the old place, so copying rows in ascending order is safe
        if (moved.Data != kept.Data || moved.Stride != kept.Stride) moved.CopyFrom(kept);
        return moved;
    }

    /// <summary>Whether the matrix is in this arena.</summary>
    public bool Holds(Matrix matrix) => IsAbove(default, matrix);

    private void Add(long length)
    {
        var chunk = new NativeBuffer(length);
        _chunks.Add(chunk);
        Capacity += chunk.Length;
    }

    private unsafe bool IsAbove(Mark mark, Matrix matrix)
    {
        for (var i = mark.Chunk; i < _chunks.Count; i++)
        {
            var offset = matrix.Data - _chunks[i].Data;
            if (offset >= 0 && offset < _chunks[i].Length) return i > mark.Chunk || offset >= mark.Offset;
        }

        return false;
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks) chunk.Dispose();
        _chunks.Clear();
        Capacity = _peak = 0;
        Release();
    }

    /// <summary>A position in an arena.</summary>
    public readonly record struct Mark(int Chunk, long Offset, long Used);
}
