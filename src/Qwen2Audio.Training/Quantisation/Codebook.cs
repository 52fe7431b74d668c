using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Quantisation;

/// <summary>Choosing entries of a codebook, and the gradients of the distance between rows and entries.</summary>
internal static class Codebook
{
    /// <summary>The chosen entries as rows.</summary>
    public static Matrix Take(TrainingOps ops, Parameter codebook, ReadOnlySpan<int> codes)
    {
        var taken = ops.Scratch(codes.Length, codebook.Value.Columns);
        for (var row = 0; row < codes.Length; row++) codebook.Value.Row(codes[row]).CopyTo(taken.Row(row));
        return taken;
    }

    /// <summary>
    /// mean (rows − chosen)². Adds <paramref name="codebookFactor"/> times its gradient with respect to the chosen entries to the
    /// codebook, if that is trained; <paramref name="commitment"/> times the gradient with respect to the rows is the result's second part.
    /// </summary>
    public static (double Loss, Matrix Slopes) Distance(
        TrainingOps ops, Matrix rows, Matrix chosen, ReadOnlySpan<int> codes, Parameter codebook, float commitment, float codebookFactor)
    {
        var slopes = ops.Scratch(rows.Rows, rows.Columns);
        var (toRows, toEntries) = (2.0 * commitment / rows.Length, 2.0 * codebookFactor / rows.Length);
        var sum = 0.0;
        for (var row = 0; row < rows.Rows; row++)
        {
            var x = rows.Row(row);
            var e = chosen.Row(row);
            var slope = slopes.Row(row);
            var gradient = codebook.Trained ? codebook.Gradient.Row(codes[row]) : [];
            for (var i = 0; i < x.Length; i++)
            {
                var difference = (double)x[i] - e[i];
                sum += difference * difference;
                slope[i] = (float)(toRows * difference);
                if (!gradient.IsEmpty) gradient[i] -= (float)(toEntries * difference);
            }
        }

        return (rows.Length == 0 ? 0 : sum / rows.Length, slopes);
    }
}
