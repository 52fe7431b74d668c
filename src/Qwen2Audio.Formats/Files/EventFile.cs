using System.Buffers.Binary;
using System.Numerics;

namespace Qwen2Audio.Formats.Files;

/// <summary>
/// A TensorBoard event file: records of length, masked CRC-32C, a protocol buffer (Event of event.proto) and masked CRC-32C. Only scalars
/// are written. Each record is appended completely or not at all, since TensorBoard reads the file while it grows.
/// </summary>
public sealed class EventFile : IDisposable
{
    private readonly Stream _file;
    private long _end; // of the last whole record

    private EventFile(Stream file) => _file = file;

    /// <summary>The file's path; empty if it is not a file.</summary>
    internal string Location => (_file as FileStream)?.Name ?? "";

    /// <summary>
    /// Begins a new file in a folder, which is created if needed. TensorBoard drops what earlier files in the folder have for
    /// <paramref name="firstStep"/> and later steps, because the run was resumed from before them.
    /// </summary>
    /// <exception cref="IOException">It cannot be written; no file is left.</exception>
    public static EventFile Create(string folder, long firstStep)
    {
        Directory.CreateDirectory(folder);
        var now = DateTimeOffset.UtcNow;
        var name = $"events.out.tfevents.{now.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{now.Ticks % 10_000_000}";
        var path = Path.Combine(folder, name);
        // unbuffered, so that bytes which could not be written are not tried again when the file is closed
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            return On(file, firstStep);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Begins events on a stream that can be truncated, which the result owns; it is closed if this fails.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static EventFile On(Stream stream, long firstStep)
    {
        var file = new EventFile(stream);
        try
        {
            file.Write([.. Time(), .. Text(3, "brain.Event:2")]);
            file.Write([.. Time(), .. Whole(2, firstStep), .. Bytes(7, Whole(1, 1))]); // SessionLog START: purges from this step on
            return file;
        }
        catch
        {
            Close(stream);
            throw;
        }
    }

    /// <summary>Adds the scalars of a step; they are in the file when this returns.</summary>
    /// <exception cref="IOException">The disk is full, for example; nothing of the step is in the file.</exception>
    public void Add(long step, IEnumerable<(string Name, float Value)> scalars)
    {
        var summary = new List<byte>();
        foreach (var (name, value) in scalars) summary.AddRange(Bytes(1, [.. Text(1, name), .. Single(2, value)]));
        Write([.. Time(), .. Whole(2, step), .. Bytes(5, [.. summary])]);
    }

    public void Dispose() => _file.Dispose();

    private void Write(byte[] message)
    {
        var record = new byte[8 + 4 + message.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(record.AsSpan(0, 8)));
        message.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), Masked(message));
        _end = AtomicAppend.Write(_file, _end, record);
    }

    // the original error matters more than one from closing
    private static void Close(Stream stream)
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
        }
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        return unchecked(BitOperations.RotateRight(Crc32C.Of(data), 15) + 0xA282EAD8u);
    }

    private static byte[] Time()
    {
        var field = new byte[9];
        field[0] = (1 << 3) | 1;
        BinaryPrimitives.WriteDoubleLittleEndian(field.AsSpan(1), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
        return field;
    }

    private static byte[] Single(int number, float value)
    {
        var field = new byte[5];
        field[0] = (byte)((number << 3) | 5);
        BinaryPrimitives.WriteSingleLittleEndian(field.AsSpan(1), value);
        return field;
    }

    private static byte[] Whole(int number, long value) => [(byte)(number << 3), .. Varint((ulong)value)];

    private static byte[] Text(int number, string text) => Bytes(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int number, byte[] content) => [(byte)((number << 3) | 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
