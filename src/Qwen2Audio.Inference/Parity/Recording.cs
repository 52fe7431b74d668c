using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference.Parity;

/// <summary>
/// The inputs of expected.safetensors as a batch without padding: the positions of each recorded row whose mask is 1,
/// concatenated. <see cref="Places"/> maps each of our rows to its place in the recorded [batch, positions].
/// </summary>
internal sealed class Recording : IDisposable
{
    public const string FileName = "expected.safetensors";
    /// <summary>Input ids of decoder-only models.</summary>
    public const string Ids = "input_ids";

    /// <summary>Input ids of encoder-decoder models.</summary>
    public const string DecoderIds = "decoder_input_ids";

    private const string Mask = "attention_mask";
    private const string DecoderMask = "decoder_attention_mask";
    private readonly SafetensorsFile _file;

    private Recording(SafetensorsFile file)
    {
        _file = file;
        var (idsName, maskName) = Has(DecoderIds) ? (DecoderIds, DecoderMask) : (Ids, Mask);
        var shape = Shape(idsName, 2);
        (Batch, Positions) = (shape[0], shape[1]);
        var ids = file.ReadInt32s(idsName);
        var mask = Has(maskName) ? file.ReadInt32s(maskName) : [.. Enumerable.Repeat(1, ids.Length)];
        Expect(maskName, Has(maskName) ? Shape(maskName, 2) : shape, shape);
        Places = [.. Enumerable.Range(0, ids.Length).Where(place => mask[place] != 0)];
        var lengths = new int[Batch];
        foreach (var place in Places) lengths[place / Positions]++;
        TokenIds = [.. Places.Select(place => ids[place])];
        Rows = Layout.Of(lengths);
    }

    public int Batch { get; }

    /// <summary>Positions per recorded row, padding included.</summary>
    public int Positions { get; }

    /// <summary>For each of our rows, sequence · Positions + position in the recording.</summary>
    public IReadOnlyList<int> Places { get; }

    public int[] TokenIds { get; }

    public Layout Rows { get; }

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public string Path => _file.Path;

    public static Recording Open(string folder)
    {
        if (!Directory.Exists(folder)) throw new CheckpointException(folder, "path", "no such folder", $"a folder with {FileName}");
        var path = System.IO.Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new CheckpointException(folder, "folder", $"no {FileName}", "a folder with recorded inputs and outputs");
        var file = SafetensorsFile.Open(path);
        try
        {
            return new Recording(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public bool Has(string name) => _file.Tensors.ContainsKey(name);

    public int[] Integers(string name) => _file.ReadInt32s(name);

    public float[] Floats(string name) => _file.ReadFloats(name);

    /// <summary>Reads a tensor and checks its shape.</summary>
    public float[] Floats(string name, params ReadOnlySpan<int> shape)
    {
        Expect(name, Shape(name, shape.Length), shape.ToArray());
        return _file.ReadFloats(name);
    }

    /// <summary>A tensor's shape, checked to have <paramref name="rank"/> dimensions.</summary>
    public int[] Shape(string name, int rank)
    {
        if (!_file.Tensors.TryGetValue(name, out var tensor))
            throw new CheckpointException(_file.Path, $"tensor \"{name}\"", "no such tensor", "a tensor with this input");
        if (tensor.Shape.Count != rank || tensor.Count > int.MaxValue)
        {
            throw new CheckpointException(
                _file.Path, $"tensor \"{name}\"", $"shape [{string.Join(", ", tensor.Shape)}]", $"{rank} dimensions, fewer than 2³¹ elements");
        }

        return [.. tensor.Shape.Select(size => (int)size)];
    }

    public void Dispose() => _file.Dispose();

    private void Expect(string name, int[] found, int[] expected)
    {
        if (!found.AsSpan().SequenceEqual(expected))
        {
            throw new CheckpointException(
                _file.Path, $"tensor \"{name}\"", $"shape [{string.Join(", ", found)}]",
                $"[{string.Join(", ", expected)}], the shape that the model gives");
        }
    }
}
