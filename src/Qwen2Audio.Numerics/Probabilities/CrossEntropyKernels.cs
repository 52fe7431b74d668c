using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Probabilities;

/// <summary>Loss and log Σ e^logits of a row.</summary>
internal readonly unsafe struct CrossEntropyKernel(Matrix logits, int* targets, float smoothing, Matrix loss, Matrix logSum) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = logits.Data + (long)row * logits.Stride;
        var classes = logits.Columns;
        var maximum = RowExponentials<TLanes, TVector>.Maximum(x, classes);
        var logOfSum = Math.Log(RowExponentials<TLanes, TVector>.Sum(x, classes, maximum, out var differences));
        logSum.Data[(long)row * logSum.Stride] = (float)(maximum + logOfSum);
        var value = 0.0;
        var target = targets[row];
        if (target != CrossEntropy.LeftOut)
        {
            value = (1.0 - smoothing) * (logOfSum - ((double)x[target] - maximum));
            if (smoothing > 0) value += smoothing * (logOfSum - (double)differences / classes);
        }

        loss.Data[(long)row * loss.Stride] = (float)value;
    }
}

/// <summary>
/// scale · (p − wanted). e^(x − log sum) is divided by its own sum again: otherwise the rounding of a large log sum would be an error of p.
/// </summary>
internal readonly unsafe struct CrossEntropyGradient(
    Matrix logits, int* targets, float* scales, float smoothing, Matrix logSum, Matrix gradient) : IRowKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = logits.Data + (long)row * logits.Stride;
        var y = gradient.Data + (long)row * gradient.Stride;
        var classes = logits.Columns;
        var target = targets[row];
        if (target == CrossEntropy.LeftOut)
        {
            new Span<float>(y, classes).Clear();
            return;
        }

        double scale = scales[row];
        var logOfSum = logSum.Data[(long)row * logSum.Stride];
        var sum = RowExponentials<TLanes, TVector>.WriteLess(x, y, classes, logOfSum);
        RowExponentials<TLanes, TVector>.ScaleAndShift(y, classes, (float)(scale / sum), (float)(-scale * smoothing / classes));
        y[target] -= (float)(scale * (1.0 - smoothing));
    }
}
