using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// The operator set for training: float32, every operator records its hand-derived backward pass on a tape. A step is
/// <see cref="Begin"/>, the model's forward pass, losses that seed gradients (namespace Losses), <see cref="Backward"/>. Values and
/// gradients of a step live in one arena that is used again by the next step.
/// </summary>
public sealed partial class TrainingOps : IOps<Variable>, IDisposable
{
    private readonly Dictionary<Parameter, int> _firstUse = [];
    private List<Action> _tape;
    private NativeArena _arena;
    private int _dropouts;

    /// <summary>An operator set on the threads of <paramref name="pool"/>, which it does not own.</summary>
    public TrainingOps(WorkerPool pool)
    {
        Pool = pool;
        (_arena, _tape, _routings) = (_levels[0].Arena, _levels[0].Tape, _levels[0].Routed);
    }

    /// <summary>The threads.</summary>
    public WorkerPool Pool { get; }

    /// <summary>Share of numbers that <see cref="Dropout"/> sets to zero.</summary>
    public float DropoutRate { get; set; }

    /// <summary>Bytes that the arenas hold; constant once steps repeat.</summary>
    public long ArenaBytes => _levels.Sum(level => level.Arena.Capacity) * sizeof(float);

    private ulong DropoutSeed { get; set; }

    /// <summary>Forgets the previous step. <paramref name="seed"/> fixes the step's dropout masks.</summary>
    public void Begin(ulong seed = 0)
    {
        Surface();
        _firstUse.Clear();
        _kernels.Clear();
        _quantised.Clear();
        _usedRoutings = 0;
        _dropouts = 0;
        DropoutSeed = seed;
    }

    /// <summary>Runs the tape backwards. Parameters' gradients are added to; clear them before the step.</summary>
    /// <param name="observer">Learns which gradients are whole while the pass still runs.</param>
    public void Backward(IBackwardObserver? observer = null)
    {
        var tape = _tape;
        var uses = observer is null ? [] : _firstUse.OrderByDescending(use => use.Value).ToList(); // stable
        var next = 0;
        for (var i = tape.Count - 1; i >= 0; i--)
        {
            tape[i]();
            if (observer is null) continue;
            for (; next < uses.Count && uses[next].Value >= i; next++) observer.Final(uses[next].Key);
            observer.Between();
        }

        tape.Clear();
        if (_depth == 0) _kernels.Clear();
    }

    /// <summary>Adds <paramref name="gradient"/> to the gradient of <paramref name="variable"/>: how a loss starts the backward pass. Nothing for what needs no gradient.</summary>
    public void Seed(Variable variable, Matrix gradient)
    {
        if (!variable.NeedsGradient) return;
        if (variable.Gradient.IsNull) (variable.Gradient = NewLike(variable)).CopyFrom(gradient);
        else Vectors.Add(Pool, gradient, variable.Gradient);
    }

    /// <summary>A matrix that lasts until the next <see cref="Begin"/>, its numbers undefined.</summary>
    public Matrix Scratch(int rows, int columns) => _arena.Allocate(rows, columns);

    /// <inheritdoc/>
    public Variable Input(ReadOnlySpan<float> values, int rows, int columns)
    {
        var value = _arena.Allocate(rows, columns);
        values.CopyTo(value.Span);
        return new Variable(value) { NeedsGradient = false, Depth = _depth };
    }

    /// <summary>As <see cref="Input"/>, with a gradient.</summary>
    public Variable InputWithGradient(ReadOnlySpan<float> values, int rows, int columns)
    {
        var value = _arena.Allocate(rows, columns);
        values.CopyTo(value.Span);
        return new Variable(value) { Depth = _depth };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _widened?.Dispose();
        foreach (var level in _levels) level.Arena.Dispose();
    }

    // the operator that asks for it is recorded next: its gradient is whole when the backward pass has come back to here
    private Parameter Of(IWeight weight)
    {
        var parameter = (Parameter)weight;
        var place = _levels[0].Tape.Count; // a layer that is computed twice is one entry of the outermost tape
        _firstUse.TryAdd(parameter, place);
        if (parameter.Adapter is { } adapter && _firstUse.TryAdd(adapter.A, place)) _firstUse.Add(adapter.B, place);
        return parameter;
    }

    private Variable New(int rows, int columns, bool needsGradient = true) =>
        new(_arena.Allocate(rows, columns)) { NeedsGradient = needsGradient, Depth = _depth };

    /// <summary>Storage for a gradient, which lasts as long as the variable.</summary>
    private Matrix NewLike(Variable variable) => _levels[variable.Depth].Arena.Allocate(variable.Value.Rows, variable.Value.Columns);

    private ulong NextDropoutSeed() => unchecked(DropoutSeed + 0x9E3779B97F4A7C15ul * (ulong)++_dropouts);

    /// <summary>Puts an operator's backward pass on the tape, if its result needs a gradient; it runs if the result has one.</summary>
    private void Record(Variable result, Action backward)
    {
        if (!_recording || !result.NeedsGradient) return;
        _tape.Add(() =>
        {
            if (!result.Gradient.IsNull) backward();
        });
    }

    /// <summary>The gradient to add to: zeros at the first use.</summary>
    private Matrix GradientOf(Variable variable)
    {
        if (variable.Gradient.IsNull)
        {
            variable.Gradient = NewLike(variable);
            variable.Gradient.Clear();
        }

        return variable.Gradient;
    }

    /// <summary>The gradient to write or add to; <paramref name="accumulate"/> is false at the first use, when it is undefined.</summary>
    private Matrix GradientOf(Variable variable, out bool accumulate)
    {
        accumulate = !variable.Gradient.IsNull;
        return accumulate ? variable.Gradient : variable.Gradient = NewLike(variable);
    }
}
