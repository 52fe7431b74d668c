namespace Qwen2Audio.Formats.Safetensors;

/// <summary>Checks that tensors lie side by side, without gaps, from the first byte of the data to the last.</summary>
internal static class TensorOffsets
{
    public static void Check(IReadOnlyCollection<TensorInfo> tensors, long dataStart, long dataLength, ProblemList problems)
    {
        if (problems.Count > 0) return; // an entry that was left out would look like a gap
        var sorted = tensors.ToArray();
        Array.Sort(sorted, static (a, b) => a.ByteOffset != b.ByteOffset ? a.ByteOffset.CompareTo(b.ByteOffset)
            : a.ByteLength.CompareTo(b.ByteLength));
        var expected = dataStart;
        foreach (var tensor in sorted)
        {
            if (tensor.ByteOffset != expected)
                problems.Add($"tensor {Display.Quote(tensor.Name)}, data_offsets", $"a start at {tensor.ByteOffset - dataStart}",
                    $"{expected - dataStart}, the end of the previous tensor ({(tensor.ByteOffset < expected ? "they overlap" : "there is a gap")})");
            expected = Math.Max(expected, tensor.ByteOffset + tensor.ByteLength);
        }
        if (expected != dataStart + dataLength)
            problems.Add("data", $"{dataLength} bytes", $"{expected - dataStart} bytes, the size of the tensors");
    }
}
