using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// A checkpoint of full size for a configuration, with random weights, to measure time and memory without downloading a model. Its output is
/// noise.
/// </summary>
public static class RandomCheckpoint
{
    private const float Spread = 0.02f; // standard deviation, as published models are initialised
    private const int Piece = 1 << 16;

    /// <summary>Writes config.json and model.safetensors into a new folder.</summary>
    /// <param name="config">The configuration; it is copied unchanged.</param>
    /// <param name="folder">The folder, which must not exist.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="seed">The same seed gives the same bytes.</param>
    /// <param name="onTensor">Called before each tensor with its number, the count and its name.</param>
    /// <returns>Bytes of the tensors.</returns>
    /// <exception cref="ConfigException">The configuration is damaged, or asks for something that is not supported.</exception>
    /// <exception cref="FolderExistsException">The folder exists.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public static long Write(ConfigObject config, string folder, DType type, ulong seed, Action<int, int, string>? onTensor = null)
    {
        var expected = ModelDescription.Read(config).Tensors();
        FolderExistsException.ThrowIfThere(folder);
        var written = 0;
        var tensors = expected.Select((tensor, index) => NewTensor.Pieces(tensor.Name, type, [.. tensor.Shape], sink =>
        {
            onTensor?.Invoke(++written, expected.Count, tensor.Name);
            Fill(sink, tensor, unchecked(seed * 0x9E3779B97F4A7C15ul + (ulong)index));
        })).ToArray();
        AtomicFolder.Write(folder, inside =>
        {
            SafetensorsWriter.Write(Path.Combine(inside, "model.safetensors"), tensors,
                new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
            AtomicFile.Write(Path.Combine(inside, "config.json"), Encoding.UTF8.GetBytes(config.Element.GetRawText()));
        });
        return tensors.Sum(tensor => tensor.ByteLength);
    }

    /// <summary>Norm gains are one; all others are uniform with the standard deviation of a newly initialised model.</summary>
    private static void Fill(TensorSink sink, ExpectedTensor tensor, ulong seed)
    {
        var isGain = tensor.Shape.Count == 1 && tensor.Name.Contains("norm", StringComparison.Ordinal)
            && tensor.Name.EndsWith(".weight", StringComparison.Ordinal);
        var numbers = new float[Piece];
        var left = tensor.Shape.Aggregate(1L, (product, size) => product * size);
        if (isGain) Array.Fill(numbers, 1f);
        for (var state = seed | 1; left > 0;)
        {
            var count = (int)Math.Min(left, Piece);
            if (!isGain) state = Draw(numbers.AsSpan(0, count), state);
            sink.Write(numbers.AsSpan(0, count));
            left -= count;
        }
    }

    private static ulong Draw(Span<float> numbers, ulong state)
    {
        const float width = Spread * 3.4641016f / 4294967296f; // the width of a uniform distribution is √12 times its standard deviation
        foreach (ref var number in numbers)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            number = (int)(state >> 32) * width;
        }

        return state;
    }
}
