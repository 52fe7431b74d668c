namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>Stores logarithms in one byte each, by 256 means of equally many sorted values (Federico and Bertoldi 2006).</summary>
internal static class LogCodebook
{
    public const int Size = 256;

    /// <summary>The means for these values, ascending; with fewer than 256 values some are repeated.</summary>
    public static float[] Of(ReadOnlySpan<float> values)
    {
        var means = new float[Size];
        if (values.IsEmpty) return means;
        var sorted = values.ToArray();
        Array.Sort(sorted);
        for (var bin = 0; bin < Size; bin++)
        {
            var (first, end) = ((int)((long)bin * sorted.Length / Size), (int)((long)(bin + 1) * sorted.Length / Size));
            if (end == first) means[bin] = sorted[Math.Min(first, sorted.Length - 1)];
            else
            {
                var sum = 0.0;
                foreach (var value in sorted.AsSpan(first..end)) sum += value;
                means[bin] = (float)(sum / (end - first));
            }
        }

        return means;
    }

    /// <summary>The code of the nearest mean.</summary>
    public static byte Nearest(float[] means, float value)
    {
        var at = Array.BinarySearch(means, value);
        if (at >= 0) return (byte)at;
        at = ~at;
        if (at == 0) return 0;
        return (byte)(at == Size || value - means[at - 1] <= means[at] - value ? at - 1 : at);
    }
}
