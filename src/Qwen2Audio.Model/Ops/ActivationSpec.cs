namespace Qwen2Audio.Model.Ops;

/// <summary>An element-wise function with its numbers; any <see cref="Activation"/> is one.</summary>
/// <param name="Function">The function, where neither of the others is given.</param>
/// <param name="Slope">Leaky ReLU: x for x &gt; 0, else Slope · x.</param>
/// <param name="Alpha">Snake: x + sin²(alpha · x) / (alpha + 1e-9), an alpha for each channel.</param>
public readonly record struct ActivationSpec(Activation Function, float? Slope = null, IWeight? Alpha = null)
{
    /// <summary>A function without numbers.</summary>
    public static implicit operator ActivationSpec(Activation function) => new(function);

    /// <summary>Leaky ReLU.</summary>
    public static ActivationSpec LeakyRelu(float slope) => new(Activation.Relu, Slope: slope);

    /// <summary>Snake.</summary>
    public static ActivationSpec Snake(IWeight alpha) => new(default, Alpha: alpha);
}
