using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Optimisation;

/// <summary>
/// Exponential moving average of the weights: a ← decay · a + (1 − decay) · w after every update, from a = w at first, without bias
/// correction. <see cref="AdamWOptimizer.Average"/> keeps it up to date. Frozen parameters do not change, so they are their own average.
/// </summary>
public sealed class WeightAverage : IDisposable
{
    private readonly ParameterSet _parameters;
    private readonly WorkerPool _pool;
    private readonly NativeBuffer _block;

    /// <summary>Starts at the present weights, whose storage must be laid out; call <see cref="Restart"/> when they are set later.</summary>
    public WeightAverage(ParameterSet parameters, double decay, WorkerPool pool)
    {
        if (!(decay >= 0 && decay < 1)) throw new ArgumentOutOfRangeException(nameof(decay), decay, "From 0 to below 1.");
        (_parameters, Decay, _pool) = (parameters, decay, pool);
        _block = new NativeBuffer(parameters.Values.Columns);
        Values = _block.Matrix(1, parameters.Values.Columns);
        Restart();
    }

    /// <summary>How much of the old average stays at an update.</summary>
    public double Decay { get; }

    /// <summary>The averages as one row, laid out as <see cref="ParameterSet.Values"/>: what a checkpoint saves and restores.</summary>
    public Matrix Values { get; }

    /// <summary>Starts anew from the present weights.</summary>
    public void Restart() => Values.CopyFrom(_parameters.Values);

    /// <summary>Takes the present weights in.</summary>
    public void Update()
    {
        foreach (var (start, count) in _parameters.TrainedRanges(0, Values.Columns))
            Vectors.Approach(_pool, (float)(1 - Decay), _parameters.Values.ColumnRange(start, count), Values.ColumnRange(start, count));
    }

    /// <summary>The average of one parameter, [rows, columns] as its value: what an export writes.</summary>
    public Matrix Of(Parameter parameter) => !parameter.Trained ? parameter.Value
        : _block.Matrix(parameter.Value.Rows, parameter.Value.Columns, parameter.Offset);

    /// <inheritdoc/>
    public void Dispose() => _block.Dispose();
}
