namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Named tensors that can be read, from one safetensors file or all shards of a checkpoint folder. Thread-safe.</summary>
public interface ITensorSource
{
    /// <summary>The file or folder, for messages.</summary>
    string Path { get; }

    /// <summary>All tensors by name.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>
    /// Reads values of an F32, F16, BF16 or F64 tensor, row-major, from index <paramref name="start"/> on until the span is full.
    /// </summary>
    /// <remarks>For types stored in blocks, only whole blocks can be read.</remarks>
    /// <exception cref="CheckpointException">No such tensor, another number type, or the file is shorter than when it was opened.</exception>
    void ReadFloats(string name, Span<float> destination, long start);

    /// <summary>Reads a tensor's raw little-endian bytes from byte <paramref name="start"/> on until the span is full.</summary>
    /// <exception cref="CheckpointException">No such tensor, or the file is shorter than when it was opened.</exception>
    void ReadBytes(string name, Span<byte> destination, long start);

    /// <summary>
    /// A tensor's bytes in the memory-mapped file, valid until the source is disposed. Pages are read on access and can be evicted, so a mapped
    /// weight takes no memory besides the page cache. If the file is truncated while mapped, access to a missing page ends the process:
    /// replace files by renaming only.
    /// </summary>
    /// <exception cref="CheckpointException">No such tensor, or the file cannot be mapped or is shorter than when it was opened.</exception>
    MappedBytes Map(string name);

    /// <summary>Where a tensor is, or should be, for messages.</summary>
    string Place(string name) => $"tensor {Display.Quote(name)}";
}

/// <summary>Bytes of a mapped file; valid as long as the file is open.</summary>
/// <param name="Address">Address of the first byte.</param>
/// <param name="Length">Number of bytes.</param>
public readonly record struct MappedBytes(nint Address, long Length);
