using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// A matrix on the tape: its value, and the gradient of the loss with respect to it once the backward pass has reached it. Both lie in
/// the arena of the <see cref="TrainingOps"/> that made it and end with the step.
/// </summary>
public sealed class Variable
{
    internal Variable(Matrix value) => Value = value;

    /// <summary>The numbers, [rows, columns].</summary>
    public Matrix Value { get; internal set; }

    /// <summary>Gradient of the same shape; null until something has contributed to it.</summary>
    public Matrix Gradient { get; internal set; }

    /// <summary>False for inputs and what was made of them and frozen weights alone: nothing is propagated into them.</summary>
    public bool NeedsGradient { get; internal init; } = true;

    /// <summary>How many layers deep it was made: where its gradient must lie, so that it lasts as long as itself.</summary>
    internal int Depth { get; init; }
}
