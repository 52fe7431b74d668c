using System.Text.Json;
using System.Text.Unicode;

namespace Qwen2Audio.Formats.Safetensors;

/// <summary>
/// Reads the JSON header of a safetensors file in one flat pass, without recursion; memory is bounded by the header's size. Invalid JSON
/// ends the reading; problems of single tensors are collected.
/// </summary>
internal sealed class HeaderReader(string file, long dataStart, long dataLength)
{
    public const string MetadataName = "__metadata__";
    private readonly ProblemList _problems = new();
    private readonly Dictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly long[] _numbers = new long[SafetensorsLimits.Rank];
    private bool _hasMetadata;
    private int _entries;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public void Read(ReadOnlySpan<byte> header)
    {
        if (header[0] != (byte)'{') throw new CheckpointException(file, "header", "a first byte other than {", "a JSON object");
        if (!Utf8.IsValid(header)) throw new CheckpointException(file, "header", "bytes that are not UTF-8", "UTF-8 text");
        var reader = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 4 });
        try
        {
            ReadObject(ref reader);
        }
        catch (JsonException e)
        {
            throw new CheckpointException(file, $"header, byte {reader.BytesConsumed}", $"invalid JSON ({MessageText.Reason(e)})",
                "a JSON object of at most four levels, without comments", e);
        }
        catch (InvalidOperationException e)
        {
            throw new CheckpointException(file, $"header, byte {reader.BytesConsumed}", "text with an unpaired surrogate", "valid text", e);
        }
        TensorOffsets.Check(_tensors.Values, dataStart, dataLength, _problems);
        if (_problems.Count > 0) throw new CheckpointException(file, _problems);
    }

    private void ReadObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name == MetadataName) ReadMetadata(ref reader);
            else ReadTensor(ref reader, name);
        }
        while (reader.Read()) { }
    }

    private void CountEntry()
    {
        if (++_entries > SafetensorsLimits.Entries)
            throw new CheckpointException(file, "header", $"more than {SafetensorsLimits.Entries} entries", $"at most {SafetensorsLimits.Entries}");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_hasMetadata) _problems.Add(MetadataName, "the name twice", "each name once");
        _hasMetadata = true;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            _problems.Add(MetadataName, Describe(reader), "an object of strings");
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            CountEntry();
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                _problems.Add($"{MetadataName}, {Display.Quote(key)}", Describe(reader), "a string");
                reader.Skip();
            }
            else if (!_metadata.TryAdd(key, reader.GetString()!))
                _problems.Add($"{MetadataName}, {Display.Quote(key)}", "the name twice", "each name once");
        }
    }

    private void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        CountEntry();
        var place = $"tensor {Display.Quote(name)}";
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            _problems.Add(place, Describe(reader), "an object with dtype, shape and data_offsets");
            reader.Skip();
            return;
        }
        var before = _problems.Count;
        var entry = new Entry();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadMember(ref reader, ref entry, place);
        if (entry.Seen != Members.All) _problems.Add(place, $"no {Members.All & ~entry.Seen}", "dtype, shape and data_offsets");
        if (_problems.Count == before) Add(name, place, entry);
    }

    private void ReadMember(ref Utf8JsonReader reader, ref Entry entry, string place)
    {
        var member = reader.ValueTextEquals("dtype"u8) ? Members.dtype : reader.ValueTextEquals("shape"u8) ? Members.shape
            : reader.ValueTextEquals("data_offsets"u8) ? Members.data_offsets : Members.None;
        if (member == Members.None) _problems.Add(place, $"the field {Display.Quote(reader.GetString())}", "dtype, shape and data_offsets");
        else if ((entry.Seen & member) != Members.None) _problems.Add(place, $"{member} twice", "each field once");
        entry.Seen |= member;
        reader.Read();
        switch (member)
        {
            case Members.dtype:
                if (reader.TokenType == JsonTokenType.String && DTypes.TryParse(reader.GetString()!, out entry.DType)) break;
                _problems.Add($"{place}, dtype", Describe(reader), DTypes.All);
                reader.Skip();
                break;
            case Members.shape:
                if (Integers(ref reader, SafetensorsLimits.Rank, $"{place}, shape") is { } rank) entry.Shape = _numbers[..rank];
                break;
            case Members.data_offsets:
                if (Integers(ref reader, 2, $"{place}, data_offsets") is not { } count) break;
                if (count != 2) _problems.Add($"{place}, data_offsets", $"{count} numbers", "two: begin and end");
                (entry.Begin, entry.End) = (_numbers[0], _numbers[1]);
                break;
            default:
                reader.Skip();
                break;
        }
    }

    /// <summary>Reads an array of whole numbers ≥ 0; null if a problem was recorded.</summary>
    private int? Integers(ref Utf8JsonReader reader, int maxCount, string place)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            _problems.Add(place, Describe(reader), "an array of whole numbers");
            reader.Skip();
            return null;
        }
        var count = 0;
        var good = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long value = 0;
            if (good && (reader.TokenType != JsonTokenType.Number || reader.ValueSpan[0] == (byte)'-' || !reader.TryGetInt64(out value)))
            {
                _problems.Add(place, Describe(reader), "whole numbers from 0 to 2^63 − 1");
                good = false;
            }
            reader.Skip();
            if (count < maxCount) _numbers[count] = value;
            count++;
        }
        if (!good) return null;
        if (count <= maxCount) return count;
        _problems.Add(place, $"{count} numbers", $"at most {maxCount}");
        return null;
    }

    private void Add(string name, string place, Entry entry)
    {
        if (entry.DType.ByteLength(entry.Shape) is not { } bytes)
            _problems.Add($"{place}, shape", Display.Shape(entry.Shape), "a size below 2^63 bytes");
        else if (entry.End < entry.Begin || entry.End - entry.Begin != bytes)
            _problems.Add($"{place}, data_offsets", $"{entry.Begin} to {entry.End}",
                $"{bytes} bytes, as {entry.DType.Name()} {Display.Shape(entry.Shape)} needs");
        else if (entry.End > dataLength)
            _problems.Add($"{place}, data_offsets", $"{entry.Begin} to {entry.End}", $"up to {dataLength}, the bytes present");
        else if (!_tensors.TryAdd(name, new TensorInfo(name, entry.DType, entry.Shape, dataStart + entry.Begin)))
            _problems.Add(place, "the name twice", "each name once");
    }

    private static string Describe(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => Display.Quote(Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 120)])),
        _ => Display.Token(reader.ValueSpan),
    };

    [Flags]
    private enum Members { None = 0, dtype = 1, shape = 2, data_offsets = 4, All = 7 }

    private struct Entry
    {
        public Members Seen;
        public DType DType;
        public long[] Shape;
        public long Begin;
        public long End;
    }
}
