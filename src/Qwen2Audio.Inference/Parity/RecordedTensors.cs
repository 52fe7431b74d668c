using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Inference.Parity;

/// <summary>The tensors of a folder's expected.safetensors.</summary>
internal class RecordedTensors : IDisposable
{
    public const string FileName = "expected.safetensors";
    private readonly SafetensorsFile _file;

    protected RecordedTensors(SafetensorsFile file) => _file = file;

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public string Path => _file.Path;

    public static RecordedTensors Open(string folder) => Open(folder, file => new RecordedTensors(file));

    public bool Has(string name) => _file.Tensors.ContainsKey(name);

    /// <summary>Number of dimensions of a tensor; 0 if it does not exist.</summary>
    public int Rank(string name) => _file.Tensors.GetValueOrDefault(name)?.Shape.Count ?? 0;

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

    protected void Expect(string name, int[] found, int[] expected)
    {
        if (!found.AsSpan().SequenceEqual(expected))
        {
            throw new CheckpointException(
                _file.Path, $"tensor \"{name}\"", $"shape [{string.Join(", ", found)}]",
                $"[{string.Join(", ", expected)}], the shape that the model gives");
        }
    }

    protected static T Open<T>(string folder, Func<SafetensorsFile, T> read)
    {
        if (!Directory.Exists(folder)) throw new CheckpointException(folder, "path", "no such folder", $"a folder with {FileName}");
        var path = System.IO.Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new CheckpointException(folder, "folder", $"no {FileName}", "a folder with recorded inputs and outputs");
        return Ownership.Pass(SafetensorsFile.Open(path), read);
    }
}
