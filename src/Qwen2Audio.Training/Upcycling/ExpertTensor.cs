using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Upcycling;

/// <summary>
/// One tensor of an expert: rows of the dense gate or up projection, or columns of the dense down projection, with a random fraction
/// reinitialised. Rows are drawn independently, so the result does not depend on the number of threads.
/// </summary>
internal sealed class ExpertTensor(ITensorSource source, TensorInfo dense, int[] neurons, bool isColumns, Reinitialisation fresh, int threads)
{
    private const int NumbersAtOnce = 1 << 22;

    /// <summary>The tensor, in the dense one's type.</summary>
    public NewTensor As(string name)
    {
        long[] shape = isColumns ? [dense.Shape[0], neurons.Length] : [neurons.Length, dense.Shape[1]];
        return NewTensor.Pieces(name, dense.DType, shape, sink => Write(name, (int)shape[0], (int)shape[1], sink));
    }

    private void Write(string name, int rows, int columns, TensorSink sink)
    {
        var hash = Initialisation.NameHash(name);
        var step = Math.Clamp(NumbersAtOnce / columns, 1, rows);
        var numbers = new float[step * columns];
        for (var first = 0; first < rows; first += step)
        {
            var (start, count) = (first, Math.Min(step, rows - first));
            Parallel.For(0, count, LoaderThreads.Of(threads, CancellationToken.None), () => isColumns ? new float[dense.Shape[1]] : [], (i, _, denseRow) =>
            {
                var row = numbers.AsSpan(i * columns, columns);
                if (isColumns) TakeColumns(start + i, denseRow, row);
                else source.ReadFloats(dense.Name, row, neurons[start + i] * dense.Shape[1]);
                fresh.Replace(row, hash, start + i);
                return denseRow;
            }, _ => { });
            sink.Write(numbers.AsSpan(0, count * columns));
        }
    }

    private void TakeColumns(int denseRow, float[] buffer, Span<float> row)
    {
        source.ReadFloats(dense.Name, buffer, denseRow * dense.Shape[1]);
        for (var i = 0; i < row.Length; i++) row[i] = buffer[neurons[i]];
    }
}

/// <summary>Replaces a random fraction of elements with normal random numbers of mean 0.</summary>
/// <param name="Share">Probability that an element is replaced.</param>
/// <param name="Deviation">Standard deviation of the new values.</param>
/// <param name="Seed">Selects the elements and their values.</param>
internal sealed record Reinitialisation(double Share, double Deviation, ulong Seed)
{
    /// <summary>Replaces elements in a row of a tensor, determined by seed, tensor and row.</summary>
    public void Replace(Span<float> row, ulong tensor, int number)
    {
        if (Share <= 0) return;
        var random = new CounterRandom(Seed ^ tensor, (ulong)number);
        foreach (ref var value in row)
            if (random.Chance(Share)) value = (float)(Deviation * random.NextGaussian());
    }
}
