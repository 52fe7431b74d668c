using System.Buffers;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Losses;

/// <summary>Distillation: KL divergence between a teacher's and a student's distributions.</summary>
internal static class KlDivergenceLoss
{
    /// <summary>
    /// With p = softmax(teacher/τ) and q = softmax(student/τ): τ² · mean over the valid rows of KL(p‖q), or of KL(q‖p) when
    /// <paramref name="reverse"/>. Adds <paramref name="coefficient"/> times its gradient to both logits unless they are
    /// constants. Without valid rows the loss is 0.
    /// </summary>
    /// <param name="ops">The step's operators.</param>
    /// <param name="student">Logits, [rows, classes].</param>
    /// <param name="teacher">Logits of the same shape; a constant (<see cref="TrainingOps.Input"/>) when the teacher is frozen.</param>
    /// <param name="valid">1 for rows that count; empty: all.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="reverse">KL(q‖p), which makes the student avoid what the teacher avoids.</param>
    /// <param name="coefficient">Weight of the loss in the total.</param>
    /// <exception cref="ArgumentException">The shapes differ, or the temperature is not above 0.</exception>
    public static double Add(
        TrainingOps ops, Variable student, Variable teacher, ReadOnlySpan<byte> valid = default, double temperature = 1, bool reverse = false,
        float coefficient = 1)
    {
        var (q, p) = (student.Value, teacher.Value);
        if (q.Rows != p.Rows || q.Columns != p.Columns)
            throw new ArgumentException($"{q.Rows} × {q.Columns} logits of the student, {p.Rows} × {p.Columns} of the teacher.", nameof(teacher));
        if (!(temperature > 0 && double.IsFinite(temperature)))
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "The temperature must be above 0.");
        var rows = ValidRows.Of(valid, q.Rows);
        if (rows.Length == 0) return 0;

        var (from, to) = reverse ? (student, teacher) : (teacher, student); // the loss is KL(from‖to)
        var gradients = (From: Cleared(ops, from), To: Cleared(ops, to));
        var losses = new double[rows.Length];
        var scale = coefficient * temperature / rows.Length; // τ² from the loss, 1/τ from the logits
        ops.Pool.For(rows.Length, (i, _) =>
        {
            var row = rows[i];
            losses[i] = One(from.Value.Row(row), to.Value.Row(row), 1 / temperature, scale,
                gradients.From.IsNull ? [] : gradients.From.Row(row), gradients.To.IsNull ? [] : gradients.To.Row(row));
        });
        if (!gradients.From.IsNull) ops.Seed(from, gradients.From);
        if (!gradients.To.IsNull) ops.Seed(to, gradients.To);
        return temperature * temperature * losses.Sum() / rows.Length;
    }

    /// <summary>KL of one row; writes scale times its gradients with respect to the scaled logits.</summary>
    private static double One(
        ReadOnlySpan<float> from, ReadOnlySpan<float> to, double factor, double scale, Span<float> dFrom, Span<float> dTo)
    {
        var classes = from.Length;
        var room = ArrayPool<double>.Shared.Rent(4 * classes);
        Span<double> logP = room.AsSpan(0, classes), logQ = room.AsSpan(classes, classes), p = room.AsSpan(2 * classes, classes);
        LogSumExp.LogProbabilities(from, factor, logP);
        LogSumExp.LogProbabilities(to, factor, logQ);
        LogSumExp.Exponentials(logP, p);
        var divergence = 0.0;
        for (var c = 0; c < classes; c++) divergence += Part(p[c], logP[c], logQ[c]);
        for (var c = 0; c < dFrom.Length; c++) dFrom[c] = (float)(scale * (Part(p[c], logP[c], logQ[c]) - p[c] * divergence));
        if (!dTo.IsEmpty)
        {
            var q = room.AsSpan(3 * classes, classes);
            LogSumExp.Exponentials(logQ, q);
            for (var c = 0; c < classes; c++) dTo[c] = (float)(scale * (q[c] - p[c]));
        }

        ArrayPool<double>.Shared.Return(room);
        return divergence;
    }

    private static double Part(double p, double logP, double logQ) => p == 0 ? 0 : p * (logP - logQ); // 0 · log 0 is 0

    private static Matrix Cleared(TrainingOps ops, Variable logits)
    {
        if (!logits.NeedsGradient) return default;
        var gradient = ops.Scratch(logits.Value.Rows, logits.Value.Columns);
        gradient.Clear();
        return gradient;
    }
}
