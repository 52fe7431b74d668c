using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// A matrix on the tape: its value, and the gradient of the loss with respect to it once the backward pass has reached it. Both live in
/// the arena of the <see cref="TrainingOps"/> that created it, until the end of the step.
/// </summary>
internal sealed class Variable
{
    internal Variable(Matrix value) => Value = value;

    /// <summary>The value, [rows, columns].</summary>
    public Matrix Value { get; internal set; }

    /// <summary>Gradient of the same shape; null until an operator has contributed to it.</summary>
    public Matrix Gradient { get; internal set; }

    /// <summary>False for inputs, and for results of inputs and frozen weights only: no gradient is propagated into them.</summary>
    public bool NeedsGradient { get; internal init; } = true;

    /// <summary>Nesting depth of the layer that created it; its gradient is stored on that level, so that it lives as long.</summary>
    internal int Depth { get; init; }
}
