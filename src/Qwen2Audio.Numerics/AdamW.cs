namespace Qwen2Audio.Numerics;

/// <summary>Constants of one AdamW step t.</summary>
/// <param name="LearningRate">lr.</param>
/// <param name="Beta1">β1, decay of the first moment.</param>
/// <param name="Beta2">β2, decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the corrected second moment.</param>
/// <param name="WeightDecay">Weights are first multiplied by 1 − lr · decay.</param>
/// <param name="BiasCorrection1">1 − β1^t.</param>
/// <param name="BiasCorrection2">1 − β2^t.</param>
/// <param name="GradientScale">Gradients are multiplied by this (clipping, accumulation).</param>
public readonly record struct AdamWStep(
    float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, float BiasCorrection1, float BiasCorrection2,
    float GradientScale);

/// <summary>AdamW (Loshchilov and Hutter 2019) as torch computes it.</summary>
public static class AdamW
{
    /// <summary>
    /// w ← w·(1 − lr·decay); m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²; w ← w − lr·(m/(1−β1^t))/(√v/√(1−β2^t) + eps),
    /// where g is the given gradient times <see cref="AdamWStep.GradientScale"/>.
    /// </summary>
    /// <param name="pool">The workers.</param>
    /// <param name="w">Weights, changed.</param>
    /// <param name="g">Gradients of the same shape.</param>
    /// <param name="m">First moments, changed.</param>
    /// <param name="v">Second moments, changed.</param>
    /// <param name="step">Constants of the step.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void Update(WorkerPool pool, Matrix w, Matrix g, Matrix m, Matrix v, in AdamWStep step)
    {
        Shapes.Same(w, g);
        Shapes.Same(w, m);
        Shapes.Same(w, v);
        var fresh1 = Complement(step.Beta1);
        var fresh2 = Complement(step.Beta2);
        var keep = (float)(1.0 - (double)step.LearningRate * step.WeightDecay);
        var rate = (float)((double)step.LearningRate / step.BiasCorrection1);
        var root = (float)(1 / Math.Sqrt(step.BiasCorrection2));
        for (var r = 0; r < w.Rows; r++)
        {
            var weights = w.Row(r);
            var gradients = g.Row(r);
            var first = m.Row(r);
            var second = v.Row(r);
            for (var i = 0; i < weights.Length; i++)
            {
                var gradient = gradients[i] * step.GradientScale;
                first[i] = step.Beta1 * first[i] + fresh1 * gradient;
                second[i] = step.Beta2 * second[i] + fresh2 * gradient * gradient;
                weights[i] = weights[i] * keep - rate * first[i] / (MathF.Sqrt(second[i]) * root + step.Epsilon);
            }
        }
    }

    /// <summary>1 − β of the decimal number that β stands for: 1 − 0.999f would be off by 1e-5 of itself.</summary>
    private static float Complement(float beta) => (float)(1 - (decimal)beta);
}
