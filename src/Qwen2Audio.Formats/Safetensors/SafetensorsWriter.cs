using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qwen2Audio.Formats.Files;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>
/// Writes safetensors files as the reference implementation does: tensors by descending number type, then by name; the header padded with
/// spaces to a multiple of eight bytes. The same tensors give the same bytes.
/// </summary>
public static class SafetensorsWriter
{
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// Writes a file through <see cref="AtomicFile"/>. Metadata is sorted by name; files for the reference implementation's model loader
    /// have <c>format: pt</c>.
    /// </summary>
    /// <exception cref="ArgumentException">A name is repeated, reserved or not valid text, or a limit of <see cref="SafetensorsLimits"/> is exceeded.</exception>
    /// <exception cref="IOException">As <see cref="AtomicFile.Write(string, long, Action{Stream})"/>.</exception>
    public static void Write(string path, IEnumerable<NewTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var sorted = Sort(tensors);
        var header = Header(sorted, metadata ?? new Dictionary<string, string>(StringComparer.Ordinal));
        var length = checked(header.Length + sorted.Sum(tensor => tensor.ByteLength));
        AtomicFile.Write(path, length, file =>
        {
            using var buffered = new BufferedStream(file, BufferBytes);
            buffered.Write(header);
            foreach (var tensor in sorted)
            {
                var sink = new TensorSink(buffered, tensor);
                tensor.Write(sink);
                sink.Finish();
            }
            buffered.Flush();
        });
    }

    private static NewTensor[] Sort(IEnumerable<NewTensor> tensors)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        var named = tensors.Select(tensor => (Tensor: tensor, Name: utf8.GetBytes(tensor.Name))).ToArray();
        Array.Sort(named, static (a, b) => a.Tensor.DType != b.Tensor.DType ? b.Tensor.DType.CompareTo(a.Tensor.DType)
            : a.Name.AsSpan().SequenceCompareTo(b.Name));
        var seen = new HashSet<string>(StringComparer.Ordinal) { HeaderReader.MetadataName };
        foreach (var (tensor, _) in named)
            if (!seen.Add(tensor.Name)) throw new ArgumentException($"The name {Display.Quote(tensor.Name)} is reserved or repeated.", nameof(tensors));
        return [.. named.Select(pair => pair.Tensor)];
    }

    private static byte[] Header(NewTensor[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        if (tensors.Length + metadata.Count > SafetensorsLimits.Entries)
            throw new ArgumentException($"{tensors.Length + metadata.Count} entries; at most {SafetensorsLimits.Entries} are allowed.", nameof(tensors));
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(new byte[sizeof(ulong)]);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0) WriteMetadata(json, metadata);
            long offset = 0;
            foreach (var tensor in tensors) WriteEntry(json, tensor, ref offset);
            json.WriteEndObject();
        }
        while (buffer.WrittenCount % 8 != 0) buffer.Write(" "u8);
        if (buffer.WrittenCount - sizeof(ulong) > SafetensorsLimits.HeaderBytes)
            throw new ArgumentException($"The header has {buffer.WrittenCount - sizeof(ulong)} bytes; at most {SafetensorsLimits.HeaderBytes} are allowed.", nameof(tensors));
        var header = buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)(header.Length - sizeof(ulong)));
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(HeaderReader.MetadataName);
        foreach (var (name, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(name, text);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, NewTensor tensor, ref long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype"u8, tensor.DType.Name());
        json.WriteStartArray("shape"u8);
        foreach (var size in tensor.Shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets"u8);
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset = checked(offset + tensor.ByteLength));
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
