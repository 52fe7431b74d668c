using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>
/// An open safetensors file. The header is checked completely before anything is sized by it. Values are either read into the caller's
/// memory, where a file that was truncated gives an exception, or used in place in a mapping, which is created at its first use.
/// </summary>
public sealed class SafetensorsFile : ITensorSource, IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Lock _mapping = new();
    private MappedFile? _mapped;

    private SafetensorsFile(string path, SafeFileHandle handle, HeaderReader header)
    {
        Path = path;
        _handle = handle;
        Tensors = header.Tensors;
        Metadata = header.Metadata;
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>The strings under <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and reads its header, but no tensor data.</summary>
    /// <exception cref="CheckpointException">The file cannot be read, has another format, is damaged, or uses unsupported features.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = RegularFile.Open(path, CheckpointException.Of, out var length);
        try
        {
            var size = HeaderLength(path, handle, length);
            var header = new byte[size];
            if (RegularFile.Fill(handle, header, sizeof(ulong)) != size) throw Shorter(path, "header", length);
            var reader = new HeaderReader(path, sizeof(ulong) + size, length - sizeof(ulong) - size);
            reader.Read(header);
            return new SafetensorsFile(path, handle, reader);
        }
        catch (IOException e)
        {
            handle.Dispose();
            throw new CheckpointException(path, "header", $"a read error ({e.Message})", "a readable file", e);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void ReadFloats(string name, Span<float> destination, long start)
    {
        FloatReading.Read(this, TensorReading.Find(this, name), destination, start);
    }

    public void ReadBytes(string name, Span<byte> destination, long start)
    {
        var tensor = TensorReading.Find(this, name);
        TensorReading.CheckRange(tensor, tensor.ByteLength, start, destination.Length);
        try
        {
            if (RegularFile.Fill(_handle, destination, tensor.ByteOffset + start) == destination.Length) return;
        }
        catch (IOException e)
        {
            throw new CheckpointException(Path, $"tensor {Display.Quote(tensor.Name)}", $"a read error ({e.Message})", "a readable file", e);
        }
        throw Shorter(Path, $"tensor {Display.Quote(tensor.Name)}", tensor.ByteOffset + tensor.ByteLength);
    }

    public MappedBytes Map(string name)
    {
        var tensor = TensorReading.Find(this, name);
        lock (_mapping)
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            try
            {
                _mapped ??= MappedFile.Open(_handle, Tensors.Values.Max(other => other.ByteOffset + other.ByteLength));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CheckpointException(Path, "file", $"a file that cannot be mapped ({e.Message})", "a file that does not change while open", e);
            }

            return new MappedBytes(checked((nint)(_mapped.Address + tensor.ByteOffset)), tensor.ByteLength);
        }
    }

    public void Dispose()
    {
        _mapped?.Dispose();
        _handle.Dispose();
    }

    private static int HeaderLength(string path, SafeFileHandle handle, long length)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(16, length)];
        start = start[..RegularFile.Fill(handle, start, 0)];
        if (start.Length > sizeof(ulong))
        {
            var declared = BinaryPrimitives.ReadUInt64LittleEndian(start);
            if (declared is >= 2 and <= SafetensorsLimits.HeaderBytes && declared <= (ulong)length - sizeof(ulong)
                && (start[sizeof(ulong)] == (byte)'{' || ForeignFormat.Of(start) is null)) return (int)declared;
            if (ForeignFormat.Of(start) is { } other) throw new CheckpointException(path, "content", other, ForeignFormat.AllowedFor(other));
            throw new CheckpointException(path, "header length", $"{declared} in a file of {length} bytes",
                $"2 to {SafetensorsLimits.HeaderBytes} and no more than the file holds");
        }
        throw new CheckpointException(path, "file size", $"{length} bytes", "at least 10: a header length and a header");
    }

    private static CheckpointException Shorter(string path, string place, long expected) => new(path, place,
        "the end of the file, which was truncated while it was open", $"{expected} bytes; replace files by renaming, never in place");
}
