using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Qwen2Audio.Formats.Files;

/// <summary>
/// An event file that TensorBoard reads: records of length, masked CRC-32C, a protocol buffer (Event of event.proto), masked CRC-32C.
/// Only scalars are written. Files are appended to, a record whole or not at all: TensorBoard reads them while they grow.
/// </summary>
public sealed class EventFile : IDisposable
{
    private readonly Stream _file;
    private long _end; // of the last whole record

    private EventFile(Stream file) => _file = file;

    /// <summary>Where it lies; empty when it is no file.</summary>
    public string Location => (_file as FileStream)?.Name ?? "";

    /// <summary>
    /// Begins a new file in a folder, which is made if need be. What earlier files of the folder say of <paramref name="firstStep"/> and
    /// later steps is dropped by TensorBoard: the run was resumed from before them.
    /// </summary>
    /// <exception cref="IOException">It cannot be written; then there is no such file.</exception>
    public static EventFile Create(string folder, long firstStep)
    {
        Directory.CreateDirectory(folder);
        var now = DateTimeOffset.UtcNow;
        var name = $"events.out.tfevents.{now.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{now.Ticks % 10_000_000}";
        var path = Path.Combine(folder, name);
        // without a buffer: what could not be written is not tried again when the file is closed
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

    /// <summary>Begins events on a stream that can be cut off, which the result owns; it is closed when that fails.</summary>
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

    /// <summary>Adds scalars of a step; they are in the file when this returns.</summary>
    /// <exception cref="IOException">The disk is full, for example; nothing of the step is in the file.</exception>
    public void Add(long step, IEnumerable<(string Name, float Value)> scalars)
    {
        var summary = new List<byte>();
        foreach (var (name, value) in scalars) summary.AddRange(Bytes(1, [.. Text(1, name), .. Single(2, value)]));
        Write([.. Time(), .. Whole(2, step), .. Bytes(5, [.. summary])]);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(byte[] message)
    {
        var record = new byte[8 + 4 + message.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(record.AsSpan(0, 8)));
        message.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), Masked(message));
        _end = WholeAppend.Write(_file, _end, record);
    }

    // the error that led here says more than one of closing
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
        var crc = uint.MaxValue;
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        crc = ~crc;
        return unchecked(BitOperations.RotateRight(crc, 15) + 0xA282EAD8u);
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
