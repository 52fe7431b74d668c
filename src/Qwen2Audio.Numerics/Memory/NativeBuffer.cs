using System.Runtime.InteropServices;

namespace Qwen2Audio.Numerics.Memory;

/// <summary>
/// Owns one block of native memory, aligned to 64 bytes and zeroed. A large one costs memory only where it is used: the system hands out
/// its pages, zeroed, when they are first touched.
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;
    private void* _block;
    private float* _data;

    /// <summary>Allocates <paramref name="length"/> zeroed values.</summary>
    public NativeBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var bytes = checked((nuint)Math.Max(length, 1) * sizeof(float));
        _block = NativeMemory.AllocZeroed(checked(bytes + Alignment)); // clearing it here would touch every page
        _data = (float*)(((nuint)_block + Alignment - 1) / Alignment * Alignment);
        GC.AddMemoryPressure((long)bytes);
    }

#pragma warning disable MA0055 // native memory must not leak when an owner is dropped without Dispose
    /// <summary>Frees the block if the owner did not dispose it.</summary>
    ~NativeBuffer() => Free();
#pragma warning restore MA0055

    /// <summary>Capacity in floats.</summary>
    public long Length { get; }

    /// <summary>The values from <paramref name="offset"/> on as a matrix. The caller must keep the buffer alive.</summary>
    public Matrix Matrix(int rows, int columns, long offset = 0)
    {
        ObjectDisposedException.ThrowIf(_data == null, this);
        if (rows < 0 || columns < 0 || offset < 0 || offset > Length - (long)rows * columns)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{rows} × {columns} at {offset} exceeds {Length} floats.");
        return new Matrix(_data + offset, rows, columns, columns);
    }

    internal float* Data => _data;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_data == null) return;
        NativeMemory.Free(_block);
        _block = null;
        _data = null;
        GC.RemoveMemoryPressure(Math.Max(Length, 1) * sizeof(float));
    }
}
