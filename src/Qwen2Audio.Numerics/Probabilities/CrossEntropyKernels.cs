using Qwen2Audio.Numerics.Sweeps;

namespace Qwen2Audio.Numerics.Probabilities;

/// <summary>Loss and log Σ e^logits of a row.</summary>
internal readonly unsafe struct CrossEntropyKernel(Matrix logits, int* targets, float smoothing, Matrix loss, Matrix logSum) : IRowKernel
{
    private readonly Matrix _logits = logits;
    private readonly int* _targets = targets;
    private readonly float _smoothing = smoothing;
    private readonly Matrix _loss = loss;
    private readonly Matrix _logSum = logSum;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = _logits.Data + (long)row * _logits.Stride;
        var classes = _logits.Columns;
        var maximum = RowExponentials<TLanes, TVector>.Maximum(x, classes);
        var logSum = Math.Log(RowExponentials<TLanes, TVector>.Sum(x, classes, maximum, out var differences));
        _logSum.Data[(long)row * _logSum.Stride] = (float)(maximum + logSum);
        var loss = 0.0;
        var target = _targets[row];
        if (target != CrossEntropy.LeftOut)
        {
            loss = (1.0 - _smoothing) * (logSum - ((double)x[target] - maximum));
            if (_smoothing > 0) loss += _smoothing * (logSum - (double)differences / classes);
        }

        _loss.Data[(long)row * _loss.Stride] = (float)loss;
    }
}

/// <summary>
/// scale · (p − wanted). e^(x − log sum) is divided by its own sum again: otherwise the rounding of a large log sum would be an error of p.
/// </summary>
internal readonly unsafe struct CrossEntropyGradient(
    Matrix logits, int* targets, float* scales, float smoothing, Matrix logSum, Matrix gradient) : IRowKernel
{
    private readonly Matrix _logits = logits;
    private readonly int* _targets = targets;
    private readonly float* _scales = scales;
    private readonly float _smoothing = smoothing;
    private readonly Matrix _logSum = logSum;
    private readonly Matrix _gradient = gradient;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IRowKernel.Row<TLanes, TVector>(int row)
    {
        var x = _logits.Data + (long)row * _logits.Stride;
        var y = _gradient.Data + (long)row * _gradient.Stride;
        var classes = _logits.Columns;
        var target = _targets[row];
        if (target == CrossEntropy.LeftOut)
        {
            new Span<float>(y, classes).Clear();
            return;
        }

        double scale = _scales[row];
        var logSum = _logSum.Data[(long)row * _logSum.Stride];
        var sum = RowExponentials<TLanes, TVector>.WriteLess(x, y, classes, logSum);
        RowExponentials<TLanes, TVector>.ScaleAndShift(y, classes, (float)(scale / sum), (float)(-scale * _smoothing / classes));
        y[target] -= (float)(scale * (1.0 - _smoothing));
    }
}
