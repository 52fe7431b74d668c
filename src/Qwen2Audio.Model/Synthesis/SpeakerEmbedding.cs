namespace Qwen2Audio.Model.Synthesis;

/// <summary>How a speaker sounds: mean and standard deviation of the codec's frames, as the model sees them, over the frames of a recording that have sound.</summary>
public sealed class SpeakerEmbedding
{
    private readonly float[] _values;

    private SpeakerEmbedding(float[] values) => _values = values;

    /// <summary>Number of frames that it was taken from.</summary>
    public int Frames { get; private init; }

    /// <summary>The means, then the standard deviations, 2 · dimension numbers.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The width of embeddings of frames of a width.</summary>
    public static int WidthOf(int dimension) => 2 * dimension;

    /// <summary>The embedding of a recording; null if it has no sound.</summary>
    /// <param name="frames">Its frames (<see cref="SynthesisModel.Frames"/>), [frames, dimension].</param>
    /// <param name="active">Whether each frame has sound.</param>
    public static SpeakerEmbedding? Of(ReadOnlySpan<float> frames, ReadOnlySpan<bool> active)
    {
        var count = active.Count(true);
        if (count == 0) return null;
        var dimension = frames.Length / active.Length;
        var (sums, squares) = (new double[dimension], new double[dimension]);
        for (var row = 0; row < active.Length; row++)
        {
            if (!active[row]) continue;
            for (var d = 0; d < dimension; d++)
            {
                double value = frames[row * dimension + d];
                sums[d] += value;
                squares[d] += value * value;
            }
        }

        var values = new float[WidthOf(dimension)];
        for (var d = 0; d < dimension; d++)
        {
            var mean = sums[d] / count;
            (values[d], values[dimension + d]) = ((float)mean, (float)Math.Sqrt(Math.Max(0, squares[d] / count - mean * mean)));
        }

        return new SpeakerEmbedding(values) { Frames = count };
    }

    /// <summary>Embeddings as rows [rows, width], zeros where there is none.</summary>
    internal static T Rows<T>(IOps<T> ops, ReadOnlySpan<SpeakerEmbedding?> speakers, int width)
    {
        var rows = new float[speakers.Length * width];
        for (var row = 0; row < speakers.Length; row++) speakers[row]?._values.CopyTo(rows, row * width);
        return ops.Input(rows, speakers.Length, width);
    }
}
