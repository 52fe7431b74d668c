namespace Qwen2Audio.Inference.Codec;

/// <summary>
/// Cross-fades overlapping chunks: every sample is the mean of the chunks that cover it, weighted by triangles over the length of the
/// first chunk, as in the reference.
/// </summary>
internal sealed class ChunkFade(int stride, int channels)
{
    private readonly List<float> _sums = []; // from the beginning of the next chunk on
    private readonly List<float> _shares = [];
    private float[] _weights = [];

    /// <summary>Adds a chunk [samples, channels] and returns the samples that no later chunk covers; at the end, all remaining samples.</summary>
    public float[] Add(ReadOnlySpan<float> chunk, bool ends)
    {
        var rows = chunk.Length / channels;
        if (_weights.Length == 0) _weights = Triangle(rows);
        while (_shares.Count < rows) _shares.Add(0);
        while (_sums.Count < chunk.Length) _sums.Add(0);
        for (var i = 0; i < rows; i++)
        {
            var weight = _weights[Math.Min(i, _weights.Length - 1)];
            for (var c = 0; c < channels; c++) _sums[i * channels + c] += weight * chunk[i * channels + c];
            _shares[i] += weight;
        }

        var count = ends ? _shares.Count : Math.Min(stride, _shares.Count);
        var done = new float[count * channels];
        for (var i = 0; i < done.Length; i++) done[i] = _sums[i] / _shares[i / channels];
        _sums.RemoveRange(0, done.Length);
        _shares.RemoveRange(0, count);
        return done;
    }

    /// <summary>½ − |t − ½| at the inner ones of length + 2 points from 0 to 1.</summary>
    private static float[] Triangle(int length)
    {
        var weights = new float[length];
        var step = 1f / (length + 1);
        for (var i = 0; i < length; i++)
        {
            var t = i + 1 < (length + 2) / 2 ? step * (i + 1) : 1 - step * (length - i);
            weights[i] = 0.5f - MathF.Abs(t - 0.5f);
        }

        return weights;
    }
}
