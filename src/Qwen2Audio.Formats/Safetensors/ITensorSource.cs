namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Named tensors that can be read: one safetensors file, or all the shards of a checkpoint folder. Reading is thread-safe.</summary>
public interface ITensorSource
{
    /// <summary>The file or folder, for messages.</summary>
    string Path { get; }

    /// <summary>All tensors by name.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>
    /// Reads numbers of an F32, F16, BF16 or F64 tensor from its <paramref name="start"/>-th on, row-major, until the span is full.
    /// </summary>
    /// <remarks>Of a type that is stored in blocks, whole blocks.</remarks>
    /// <exception cref="CheckpointException">No such tensor, another number type, or the file is shorter than when it was opened.</exception>
    void ReadFloats(string name, Span<float> destination, long start);

    /// <summary>Reads raw little-endian bytes of a tensor from its byte <paramref name="start"/> on until the span is full.</summary>
    /// <exception cref="CheckpointException">No such tensor, or the file is shorter than when it was opened.</exception>
    void ReadBytes(string name, Span<byte> destination, long start);

    /// <summary>
    /// A tensor's bytes in memory that the file is mapped to, valid until the source is disposed. Pages are read when
    /// they are touched and can be dropped again: a mapped weight takes no memory beside the page cache. A file that is cut while it
    /// is mapped ends the process when a missing page is touched (fault C8): replace files by renaming only.
    /// </summary>
    /// <exception cref="CheckpointException">No such tensor, or the file cannot be mapped or is shorter than when it was opened.</exception>
    MappedBytes Map(string name);

    /// <summary>Where a tensor is, or should be, for messages.</summary>
    string Place(string name) => $"tensor {Display.Quote(name)}";
}

/// <summary>Bytes of a mapped file; valid as long as the file is open.</summary>
/// <param name="Address">Where they begin.</param>
/// <param name="Length">How many there are.</param>
public readonly record struct MappedBytes(nint Address, long Length);
