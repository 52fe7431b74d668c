using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// Operators for training, in float32: each records its hand-derived backward pass on a tape. A step is
/// <see cref="Begin"/>, the model's forward pass, losses that seed gradients (namespace Losses), and <see cref="Backward"/>. Values and
/// gradients of a step live in one arena, which the next step reuses.
/// </summary>
internal sealed partial class TrainingOps : IOps<Variable>, IDisposable
{
    private readonly Dictionary<Parameter, int> _firstUse = [];
    private List<Action> _tape;
    private NativeArena _arena;
    private int _dropouts;

    /// <summary>Computes on <paramref name="pool"/>, which the caller keeps and disposes.</summary>
    public TrainingOps(WorkerPool pool)
    {
        Pool = pool;
        (_arena, _tape, _routings) = (_levels[0].Arena, _levels[0].Tape, _levels[0].Routed);
    }

    /// <summary>The worker threads.</summary>
    public WorkerPool Pool { get; }

    /// <summary>Fraction of elements that <see cref="Dropout"/> sets to zero.</summary>
    public float DropoutRate { get; set; }

    /// <summary>Size of the arenas in bytes; constant once steps repeat.</summary>
    public long ArenaBytes => _levels.Sum(level => level.Arena.Capacity) * sizeof(float);

    private ulong DropoutSeed { get; set; }

    /// <summary>Begins a step and discards the previous one. <paramref name="seed"/> fixes the step's dropout masks.</summary>
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

    /// <summary>Runs the tape backwards, adding to the parameters' gradients; clear them before the step.</summary>
    /// <param name="observer">Receives parameters as soon as their gradients are final.</param>
    public void Backward(IBackwardObserver? observer = null)
    {
        var tape = _tape;
        var uses = observer is null ? [] : _firstUse.OrderByDescending(use => use.Value).ToList(); // a stable sort
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

    /// <summary>Adds <paramref name="gradient"/> to the gradient of <paramref name="variable"/>, which starts the backward pass of a loss. Ignored by variables that need no gradient.</summary>
    public void Seed(Variable variable, Matrix gradient)
    {
        if (!variable.NeedsGradient) return;
        if (variable.Gradient.IsNull) (variable.Gradient = NewLike(variable)).CopyFrom(gradient);
        else Vectors.Add(Pool, gradient, variable.Gradient);
    }

    /// <summary>An uninitialised matrix, valid until the next <see cref="Begin"/>.</summary>
    public Matrix Scratch(int rows, int columns) => _arena.Allocate(rows, columns);

    public Variable Input(ReadOnlySpan<float> values, int rows, int columns)
    {
        var value = _arena.Allocate(rows, columns);
        values.CopyTo(value.Span);
        return new Variable(value) { NeedsGradient = false, Depth = _depth };
    }

    /// <summary>Like <see cref="Input"/>, with a gradient.</summary>
    public Variable InputWithGradient(ReadOnlySpan<float> values, int rows, int columns)
    {
        var value = _arena.Allocate(rows, columns);
        values.CopyTo(value.Span);
        return new Variable(value) { Depth = _depth };
    }

    public void Dispose()
    {
        _widened?.Dispose();
        foreach (var level in _levels) level.Arena.Dispose();
    }

    // the operator that requests it is recorded next: its gradient is final when the backward pass has returned to this point
    private Parameter Of(IWeight weight)
    {
        var parameter = (Parameter)weight;
        var place = _levels[0].Tape.Count; // a recomputed layer is one entry of the outermost tape
        _firstUse.TryAdd(parameter, place);
        if (parameter.Adapter is { } adapter && _firstUse.TryAdd(adapter.A, place)) _firstUse.Add(adapter.B, place);
        return parameter;
    }

    private Variable New(int rows, int columns, bool needsGradient = true) =>
        new(_arena.Allocate(rows, columns)) { NeedsGradient = needsGradient, Depth = _depth };

    /// <summary>Storage for a gradient, valid as long as the variable.</summary>
    private Matrix NewLike(Variable variable) => _levels[variable.Depth].Arena.Allocate(variable.Value.Rows, variable.Value.Columns);

    private ulong NextDropoutSeed() => unchecked(DropoutSeed + 0x9E3779B97F4A7C15ul * (ulong)++_dropouts);

    /// <summary>Records an operator's backward pass if its result needs a gradient; it runs if the result receives one.</summary>
    private void Record(Variable result, Action backward)
    {
        if (!_recording || !result.NeedsGradient) return;
        _tape.Add(() =>
        {
            if (!result.Gradient.IsNull) backward();
        });
    }

    /// <summary>The gradient to add to, zeroed on first use.</summary>
    private Matrix GradientOf(Variable variable)
    {
        if (variable.Gradient.IsNull)
        {
            variable.Gradient = NewLike(variable);
            variable.Gradient.Clear();
        }

        return variable.Gradient;
    }

    /// <summary>The gradient to write or add to; <paramref name="accumulate"/> is false on first use, when its content is undefined.</summary>
    private Matrix GradientOf(Variable variable, out bool accumulate)
    {
        accumulate = !variable.Gradient.IsNull;
        return accumulate ? variable.Gradient : variable.Gradient = NewLike(variable);
    }
}
