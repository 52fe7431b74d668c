using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// The operator set for training: float32, every operator records its hand-derived backward pass on a tape. A step is
/// <see cref="Begin"/>, the model's forward pass, losses that seed gradients (namespace Losses), <see cref="Backward"/>. Values and
/// gradients of a step live in one arena that is used again by the next step.
/// </summary>
public sealed partial class TrainingOps : IOps<Variable>, IDisposable
{
    private readonly List<Action> _tape = [];
    private readonly NativeArena _arena = new(4 << 20);
    private int _dropouts;

    /// <summary>An operator set on the threads of <paramref name="pool"/>, which it does not own.</summary>
    public TrainingOps(WorkerPool pool) => Pool = pool;

    /// <summary>The threads.</summary>
    public WorkerPool Pool { get; }

    /// <summary>Share of numbers that <see cref="Dropout"/> sets to zero.</summary>
    public float DropoutRate { get; set; }

    /// <summary>Bytes that the arena holds; constant once steps repeat.</summary>
    public long ArenaBytes => _arena.Capacity * sizeof(float);

    internal NativeArena Arena => _arena;

    private ulong DropoutSeed { get; set; }

    /// <summary>Forgets the previous step. <paramref name="seed"/> fixes the step's dropout masks.</summary>
    public void Begin(ulong seed = 0)
    {
        _tape.Clear();
        _kernels.Clear();
        _arena.Release();
        _routings.Clear();
        _usedRoutings = 0;
        _dropouts = 0;
        DropoutSeed = seed;
    }

    /// <summary>Runs the tape backwards. Parameters' gradients are added to; clear them before the step.</summary>
    public void Backward()
    {
        for (var i = _tape.Count - 1; i >= 0; i--) _tape[i]();
        _tape.Clear();
        _kernels.Clear();
    }

    /// <summary>Adds <paramref name="gradient"/> to the gradient of <paramref name="variable"/>: how a loss starts the backward pass.</summary>
    public void Seed(Variable variable, Matrix gradient)
    {
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
        return new Variable(value) { NeedsGradient = false };
    }

    /// <summary>As <see cref="Input"/>, with a gradient.</summary>
    public Variable InputWithGradient(ReadOnlySpan<float> values, int rows, int columns)
    {
        var value = _arena.Allocate(rows, columns);
        values.CopyTo(value.Span);
        return new Variable(value);
    }

    /// <inheritdoc/>
    public LayerScope EnterLayer(int index) => new(index, 0, 0);

    /// <inheritdoc/>
    public Variable LeaveLayer(LayerScope scope, Variable result) => result;

    /// <inheritdoc/>
    public void Tap(TapPoint point, int layer, Variable value)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();

    private static Parameter Of(IWeight weight) => (Parameter)weight;

    private Variable New(int rows, int columns) => new(_arena.Allocate(rows, columns));

    private Matrix NewLike(Variable variable) => _arena.Allocate(variable.Value.Rows, variable.Value.Columns);

    private void Record(Variable result, Action backward) => _tape.Add(() =>
    {
        if (!result.Gradient.IsNull) backward();
    });

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
