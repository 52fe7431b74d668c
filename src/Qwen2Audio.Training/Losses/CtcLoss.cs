using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>
/// Connectionist temporal classification (Graves et al. 2006): −log of the probability of a target, summed over all its alignments with the frames.
/// Class 0 is the blank.
/// </summary>
internal static class CtcLoss
{
    /// <summary>The blank class.</summary>
    public const int Blank = 0;

    /// <summary>
    /// The loss of each sequence. Adds <paramref name="factors"/>[s] times the gradient of sequence s to the logits' gradient. A
    /// sequence with too few frames for its target (see <see cref="FramesNeeded"/>) has loss 0 and no gradient.
    /// </summary>
    /// <param name="logits">[rows, classes], concatenated by sequence as in <paramref name="frames"/>.</param>
    /// <param name="frames">Rows of each sequence.</param>
    /// <param name="targets">Classes of each sequence, without blanks; may be empty.</param>
    /// <param name="factors">Weight of each sequence's loss in the total.</param>
    public static double[] Add(
        TrainingOps ops, Variable logits, Layout frames, IReadOnlyList<int[]> targets, IReadOnlyList<float> factors)
    {
        if (targets.Count != frames.Sequences || factors.Count != frames.Sequences || frames.Rows != logits.Value.Rows)
            throw new ArgumentException(
                $"{frames.Sequences} sequences, {targets.Count} targets, {factors.Count} factors; {frames.Rows} frames, {logits.Value.Rows} rows.",
                nameof(targets));
        var probabilities = ops.Scratch(logits.Value.Rows, logits.Value.Columns);
        Softmax.Forward(ops.Pool, logits.Value, probabilities);
        var losses = new double[frames.Sequences];
        ops.Pool.For(frames.Sequences, (s, _) =>
        {
            var (start, length) = (frames.Starts[s], frames.Length(s));
            losses[s] = One(logits.Value.RowRange(start, length), probabilities.RowRange(start, length), targets[s], factors[s]);
        });
        ops.Seed(logits, probabilities); // One turns them into gradients
        return losses;
    }

    /// <summary>Minimum frames for a target: one per label, plus one between equal neighbours.</summary>
    public static int FramesNeeded(ReadOnlySpan<int> target)
    {
        var needed = target.Length;
        for (var i = 1; i < target.Length; i++)
            if (target[i] == target[i - 1]) needed++;
        return needed;
    }

    /// <summary>Loss of one sequence; its rows of <paramref name="p"/> become factor · (p − posterior occupation).</summary>
    private static double One(Matrix logits, Matrix p, int[] target, float factor)
    {
        var (frames, states) = (logits.Rows, 2 * target.Length + 1);
        if (frames < FramesNeeded(target) || frames == 0)
        {
            p.Clear();
            return 0;
        }

        var emission = new double[frames, states]; // log probability of the state's class
        for (var t = 0; t < frames; t++)
        {
            var logSum = LogSum(logits.Row(t), p.Row(t));
            for (var s = 0; s < states; s++) emission[t, s] = logits.Row(t)[ClassOf(target, s)] - logSum;
        }

        var alpha = Forward(emission, target, frames, states);
        var total = states == 1 ? alpha[frames - 1, 0] : LogSumExp.Of(alpha[frames - 1, states - 1], alpha[frames - 1, states - 2]);
        Gradient(emission, alpha, total, target, p, factor);
        return -total;
    }

    private static double[,] Forward(double[,] emission, int[] target, int frames, int states)
    {
        var alpha = new double[frames, states];
        for (var s = 0; s < states; s++) alpha[0, s] = s < 2 ? emission[0, s] : double.NegativeInfinity;
        for (var t = 1; t < frames; t++)
        {
            for (var s = 0; s < states; s++)
            {
                var sum = alpha[t - 1, s];
                if (s > 0) sum = LogSumExp.Of(sum, alpha[t - 1, s - 1]);
                if (CanSkip(target, s)) sum = LogSumExp.Of(sum, alpha[t - 1, s - 2]);
                alpha[t, s] = sum + emission[t, s];
            }
        }

        return alpha;
    }

    private static void Gradient(double[,] emission, double[,] alpha, double total, int[] target, Matrix p, float factor)
    {
        var (frames, states) = (emission.GetLength(0), emission.GetLength(1));
        var beta = new double[states]; // log probability of the frames after t, given the state at t
        var next = new double[states];
        for (var t = frames - 1; t >= 0; t--)
        {
            for (var s = 0; s < states; s++)
            {
                if (t == frames - 1)
                {
                    next[s] = s >= states - 2 ? 0 : double.NegativeInfinity;
                    continue;
                }

                var sum = beta[s] + emission[t + 1, s];
                if (s + 1 < states) sum = LogSumExp.Of(sum, beta[s + 1] + emission[t + 1, s + 1]);
                if (s + 2 < states && CanSkip(target, s + 2)) sum = LogSumExp.Of(sum, beta[s + 2] + emission[t + 1, s + 2]);
                next[s] = sum;
            }

            (beta, next) = (next, beta);
            var row = p.Row(t);
            for (var s = 0; s < states; s++) row[ClassOf(target, s)] -= (float)Math.Exp(alpha[t, s] + beta[s] - total);
            for (var c = 0; c < row.Length; c++) row[c] *= factor;
        }
    }

    private static int ClassOf(int[] target, int state) => state % 2 == 0 ? Blank : target[state / 2];

    private static bool CanSkip(int[] target, int state) => state > 1 && state % 2 == 1 && target[state / 2] != target[state / 2 - 1];

    /// <summary>log Σ exp of the logits, computed from the largest probability: exact to float32, without exponentiating again.</summary>
    private static double LogSum(ReadOnlySpan<float> logits, ReadOnlySpan<float> probabilities)
    {
        var best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
        return logits[best] - Math.Log(probabilities[best]);
    }
}
