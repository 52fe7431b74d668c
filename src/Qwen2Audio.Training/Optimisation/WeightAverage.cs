using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>
/// Exponential moving average of the weights: a ← decay · a + (1 − decay) · w after every update, starting from a = w, without bias
/// correction. <see cref="AdamWOptimizer.Average"/> updates it. Frozen parameters do not change, so they equal their average.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly ParameterSet _parameters;
    private readonly WorkerPool _pool;
    private readonly NativeBuffer _block;

    /// <summary>Starts from the current weights, whose storage must be allocated; call <see cref="Restart"/> if they are set later.</summary>
    public WeightAverage(ParameterSet parameters, double decay, WorkerPool pool)
    {
        if (!(decay >= 0 && decay < 1)) throw new ArgumentOutOfRangeException(nameof(decay), decay, "The decay must be at least 0 and below 1.");
        (_parameters, Decay, _pool) = (parameters, decay, pool);
        _block = new NativeBuffer(parameters.Values.Columns);
        Values = _block.Matrix(1, parameters.Values.Columns);
        Restart();
    }

    /// <summary>Weight of the old average in an update.</summary>
    public double Decay { get; }

    /// <summary>The averages as one row, laid out like <see cref="ParameterSet.Values"/>, for checkpoints.</summary>
    public Matrix Values { get; }

    /// <summary>Restarts from the current weights.</summary>
    public void Restart() => Values.CopyFrom(_parameters.Values);

    /// <summary>Updates the average with the current weights.</summary>
    public void Update()
    {
        foreach (var (start, count) in _parameters.TrainedRanges(0, Values.Columns))
            Vectors.Approach(_pool, (float)(1 - Decay), _parameters.Values.ColumnRange(start, count), Values.ColumnRange(start, count));
    }

    /// <summary>The average of one parameter, with the shape of its value, for exports.</summary>
    public Matrix Of(Parameter parameter) => !parameter.Trained ? parameter.Value
        : _block.Matrix(parameter.Value.Rows, parameter.Value.Columns, parameter.Offset);

    public void Dispose() => _block.Dispose();
}
