using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Optimisation;

/// <summary>Constants of one AdamW step t.</summary>
/// <param name="LearningRate">lr.</param>
/// <param name="Beta1">β1, decay of the first moment.</param>
/// <param name="Beta2">β2, decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the corrected second moment.</param>
/// <param name="WeightDecay">Weights are first multiplied by 1 − lr · decay.</param>
/// <param name="BiasCorrection1">1 − β1^t.</param>
/// <param name="BiasCorrection2">1 − β2^t.</param>
/// <param name="GradientScale">Gradients are multiplied by this (clipping, accumulation).</param>
/// <param name="GradientDecay">This times the weight is added to the scaled gradient: coupled decay (Adam with L2).</param>
public readonly record struct AdamWStep(
    float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, float BiasCorrection1, float BiasCorrection2,
    float GradientScale, float GradientDecay = 0);

/// <summary>AdamW (Loshchilov and Hutter 2019) as torch computes it.</summary>
public static class AdamW
{
    /// <summary>
    /// w ← w·(1 − lr·decay); m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²; w ← w − lr·(m/(1−β1^t))/(√v/√(1−β2^t) + eps),
    /// where g is the given gradient times <see cref="AdamWStep.GradientScale"/>, plus <see cref="AdamWStep.GradientDecay"/> · w.
    /// </summary>
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
        ElementSweep<AdamWMap>.Run(pool, new AdamWMap(step), g, w, m, v);
    }
}

/// <summary>Gradients A, weights B, moments C and D.</summary>
internal readonly unsafe struct AdamWMap : IElementMap
{
    private readonly float _scale;
    private readonly float _gradientDecay;
    private readonly float _beta1;
    private readonly float _beta2;
    private readonly float _fresh1;
    private readonly float _fresh2;
    private readonly float _keep;
    private readonly float _rate;
    private readonly float _root;
    private readonly float _epsilon;

    public AdamWMap(in AdamWStep step)
    {
        _scale = step.GradientScale;
        _gradientDecay = step.GradientDecay;
        _beta1 = step.Beta1;
        _beta2 = step.Beta2;
        _fresh1 = Complement(step.Beta1);
        _fresh2 = Complement(step.Beta2);
        _keep = (float)(1 - (double)step.LearningRate * step.WeightDecay);
        _rate = (float)(-(double)step.LearningRate / step.BiasCorrection1);
        _root = (float)(1 / Math.Sqrt(step.BiasCorrection2));
        _epsilon = step.Epsilon;
    }

    public static int Count => 4;

    public static int FirstOutput => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void IElementMap.Apply<TLanes, TVector>(in Operands at)
    {
        var weight = TLanes.Load(at.B);
        var scaled = TLanes.Multiply(TLanes.Load(at.A), TLanes.Broadcast(_scale));
        var gradient = TLanes.MultiplyAdd(weight, TLanes.Broadcast(_gradientDecay), scaled);
        var fresh = TLanes.Multiply(gradient, TLanes.Broadcast(_fresh1));
        var first = TLanes.MultiplyAdd(TLanes.Load(at.C), TLanes.Broadcast(_beta1), fresh);
        var square = TLanes.Multiply(TLanes.Multiply(gradient, gradient), TLanes.Broadcast(_fresh2));
        var second = TLanes.MultiplyAdd(TLanes.Load(at.D), TLanes.Broadcast(_beta2), square);
        var size = TLanes.MultiplyAdd(TLanes.SquareRoot(second), TLanes.Broadcast(_root), TLanes.Broadcast(_epsilon));
        var kept = TLanes.Multiply(weight, TLanes.Broadcast(_keep));
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(_rate), TLanes.Divide(first, size), kept), at.B);
        TLanes.Store(first, at.C);
        TLanes.Store(second, at.D);
    }

    /// <summary>1 − β for the decimal number that β represents: 1 − 0.999f would have a relative error of 1e-5.</summary>
    private static float Complement(float beta) => (float)(1 - (decimal)beta);
}
