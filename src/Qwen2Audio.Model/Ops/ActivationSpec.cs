namespace Qwen2Audio.Model.Ops;

/// <summary>An element-wise function with its parameters; converts from any <see cref="Activation"/>.</summary>
/// <param name="Function">The function, if neither parameter is given.</param>
/// <param name="Slope">Leaky ReLU: x for x &gt; 0, otherwise Slope · x.</param>
/// <param name="Alpha">Snake: x + sin²(alpha · x) / (alpha + 1e-9), with one alpha per channel.</param>
public readonly record struct ActivationSpec(Activation Function, float? Slope = null, IWeight? Alpha = null)
{
    /// <summary>A function without parameters.</summary>
    public static implicit operator ActivationSpec(Activation function) => new(function);

    /// <summary>Leaky ReLU.</summary>
    public static ActivationSpec LeakyRelu(float slope) => new(Activation.Relu, Slope: slope);

    /// <summary>Snake.</summary>
    public static ActivationSpec Snake(IWeight alpha) => new(default, Alpha: alpha);
}
