using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Probabilities;

/// <summary>Cross-entropy of logits and target classes with label smoothing, row by row.</summary>
public static unsafe class CrossEntropy
{
    /// <summary>The target of a row that is left out: its loss and its gradient are 0.</summary>
    public const int LeftOut = -100;

    /// <summary>rowLoss = −(1 − ε)·log p[target] − ε · mean over all classes of log p, p = softmax(logits).</summary>
    /// <param name="logits">[rows, classes].</param>
    /// <param name="targets">A class for each row, or <see cref="LeftOut"/>.</param>
    /// <param name="smoothing">ε, from 0 to below 1.</param>
    /// <param name="rowLoss">[rows, 1], overwritten; 0 where left out.</param>
    /// <param name="rowLogSum">[rows, 1], overwritten: log Σ e^logits, for the backward pass.</param>
    /// <exception cref="ArgumentException">The shapes do not match, or a target is not a class.</exception>
    public static void Forward(
        WorkerPool pool, Matrix logits, ReadOnlySpan<int> targets, float smoothing, Matrix rowLoss, Matrix rowLogSum)
    {
        Check(logits, targets, smoothing);
        Shapes.Is(rowLoss, logits.Rows, 1);
        Shapes.Is(rowLogSum, logits.Rows, 1);
        fixed (int* pointer = targets)
        {
            var kernel = new CrossEntropyKernel(logits, pointer, smoothing, rowLoss, rowLogSum);
            RowSweep<CrossEntropyKernel>.Run(pool, kernel, logits.Rows, logits.Columns);
        }
    }

    /// <summary>dlogits = rowScale · (p − (1 − ε)·[class = target] − ε/classes); 0 where left out.</summary>
    /// <param name="logits">[rows, classes] as in the forward pass.</param>
    /// <param name="targets">As in the forward pass.</param>
    /// <param name="rowScale">Gradient of the whole with respect to each row's loss.</param>
    /// <param name="smoothing">ε.</param>
    /// <param name="rowLogSum">[rows, 1] as written by the forward pass.</param>
    /// <param name="dlogits">[rows, classes], overwritten; may be <paramref name="logits"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not match, or a target is not a class.</exception>
    public static void Backward(
        WorkerPool pool, Matrix logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> rowScale, float smoothing, Matrix rowLogSum,
        Matrix dlogits)
    {
        Check(logits, targets, smoothing);
        Shapes.Length(rowScale.Length, logits.Rows, nameof(rowScale));
        Shapes.Is(rowLogSum, logits.Rows, 1);
        Shapes.Same(logits, dlogits);
        fixed (int* pointer = targets)
        fixed (float* scales = rowScale)
        {
            var kernel = new CrossEntropyGradient(logits, pointer, scales, smoothing, rowLogSum, dlogits);
            RowSweep<CrossEntropyGradient>.Run(pool, kernel, logits.Rows, logits.Columns);
        }
    }

    private static void Check(Matrix logits, ReadOnlySpan<int> targets, float smoothing)
    {
        Shapes.Length(targets.Length, logits.Rows, nameof(targets));
        if (!(smoothing >= 0 && smoothing < 1)) throw new ArgumentException($"Label smoothing must be in [0, 1), not {smoothing}.");
        for (var r = 0; r < targets.Length; r++)
        {
            if (targets[r] != LeftOut && (uint)targets[r] >= (uint)logits.Columns)
                throw new ArgumentException($"Target {targets[r]} of row {r} is not one of the {logits.Columns} classes, nor {LeftOut} for rows that are left out.");
        }
    }
}
