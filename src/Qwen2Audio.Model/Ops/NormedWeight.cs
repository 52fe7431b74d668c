namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A weight-normalised convolution kernel: g · v/‖v‖, the norm over all axes of
/// <paramref name="direction"/> except the first. Inference computes it once; training passes gradients to both weights.
/// </summary>
/// <param name="norm">The norms g, [first axis, 1, 1].</param>
/// <param name="direction">The direction v, of the kernel's shape.</param>
public sealed class NormedWeight(IWeight norm, IWeight direction) : IWeight
{
    /// <summary>g.</summary>
    public IWeight Norm { get; } = norm;

    /// <summary>v.</summary>
    public IWeight Direction { get; } = direction;

    /// <summary>The name of v.</summary>
    public string Name => Direction.Name;

    public IReadOnlyList<int> Shape => Direction.Shape;

    /// <summary>
    /// The kernel <paramref name="name"/> in the form that the weights have, plain or weight-normalised. <paramref name="normed"/> decides
    /// if they are created on request and so have neither.
    /// </summary>
    public static IWeight OrPlain(IWeights weights, string name, bool normed, params ReadOnlySpan<int> shape)
    {
        var (hasPlain, hasNormed) = (weights.Contains(name), weights.Contains(name + "_v") || weights.Contains($"parametrizations.{name}.original1"));
        return (hasPlain == hasNormed ? normed : hasNormed) ? Of(weights, name, shape) : weights.Get(name, shape);
    }

    /// <summary>
    /// The weight-normalised kernel <paramref name="name"/> as published: <c>name_g</c> and <c>name_v</c>, or <c>parametrizations.name.original0</c> and
    /// <c>original1</c>.
    /// </summary>
    public static NormedWeight Of(IWeights weights, string name, params ReadOnlySpan<int> shape)
    {
        Span<int> lengths = stackalloc int[shape.Length];
        lengths.Fill(1);
        lengths[0] = shape[0];
        var newer = $"parametrizations.{name}.original";
        return !weights.Contains(name + "_v") && weights.Contains(newer + "1")
            ? new NormedWeight(weights.Get(newer + "0", lengths), weights.Get(newer + "1", shape))
            : new NormedWeight(weights.Get(name + "_g", lengths), weights.Get(name + "_v", shape));
    }
}
