using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>
/// Log probabilities of labels, summed (not averaged) over each sequence, for preference losses. Start the backward pass with
/// <see cref="Seed"/>.
/// </summary>
internal sealed class LabelLogProbabilities
{
    private readonly TrainingOps _ops;
    private readonly Variable _logits;
    private readonly int[] _labels;
    private readonly int[] _starts;
    private readonly Matrix _rowLogSum;

    private LabelLogProbabilities(TrainingOps ops, Variable logits, int[] labels, int[] starts, Matrix rowLogSum, double[] sums)
    {
        (_ops, _logits, _labels, _starts, _rowLogSum, Sums) = (ops, logits, labels, starts, rowLogSum, sums);
    }

    /// <summary>Σ log p[label] of each sequence.</summary>
    public IReadOnlyList<double> Sums { get; }

    /// <summary>Row r of <paramref name="logits"/> predicts labels[r]; sequence s has the rows from starts[s] to starts[s + 1].</summary>
    public static LabelLogProbabilities Of(TrainingOps ops, Variable logits, int[] labels, int[] starts)
    {
        var rowLoss = ops.Scratch(labels.Length, 1);
        var rowLogSum = ops.Scratch(labels.Length, 1);
        CrossEntropy.Forward(ops.Pool, logits.Value, labels, 0, rowLoss, rowLogSum);
        var sums = new double[starts.Length - 1];
        for (var s = 0; s < sums.Length; s++)
            for (var r = starts[s]; r < starts[s + 1]; r++) sums[s] -= rowLoss.Row(r)[0];
        return new LabelLogProbabilities(ops, logits, labels, starts, rowLogSum, sums);
    }

    /// <summary>Adds the gradient of Σ slopes[s] · Sums[s] to the logits' gradient.</summary>
    public void Seed(ReadOnlySpan<double> slopes)
    {
        var scale = new float[_labels.Length];
        for (var s = 0; s < slopes.Length; s++) scale.AsSpan(_starts[s], _starts[s + 1] - _starts[s]).Fill((float)-slopes[s]);
        var gradient = _ops.Scratch(_logits.Value.Rows, _logits.Value.Columns);
        CrossEntropy.Backward(_ops.Pool, _logits.Value, _labels, scale, 0, _rowLogSum, gradient);
        _ops.Seed(_logits, gradient);
    }
}
