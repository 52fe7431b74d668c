using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Testing;

/// <summary>Provides every weight that a model requests, without values, and records its shape.</summary>
/// <param name="hasOptional">Whether optional weights exist.</param>
public sealed class RequestedWeights(bool hasOptional) : IWeights
{
    /// <summary>Shapes by name, in the order in which they were first asked for.</summary>
    public Dictionary<string, int[]> Shapes { get; } = new(StringComparer.Ordinal);

    public IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        Shapes[name] = shape.ToArray();
        return new Asked(name, Shapes[name]);
    }

    public bool Contains(string name) => hasOptional;

    public IWeights Sub(string prefix) => new PrefixedWeights(this, prefix);

    /// <summary>Random values for all parameters: gains of norms about 1, the others about 0.</summary>
    /// <param name="seed">The same seed gives the same numbers.</param>
    /// <param name="change">(name, values): changes them.</param>
    public IEnumerable<NewTensor> Random(int seed, Action<string, float[]>? change = null)
    {
        var random = new Random(seed);
        return [.. Shapes.Select(pair =>
        {
            var numbers = new float[pair.Value.Aggregate(1, (product, size) => product * size)];
            var norm = pair.Key.Contains("norm", StringComparison.Ordinal) && pair.Key.EndsWith("weight", StringComparison.Ordinal);
            var spread = 1.6f / MathF.Sqrt(pair.Value.Length > 1 ? numbers.Length / pair.Value[0] : 30);
            for (var i = 0; i < numbers.Length; i++) numbers[i] = (norm ? 1 : 0) + spread * (random.NextSingle() * 2 - 1);
            change?.Invoke(pair.Key, numbers);
            return NewTensor.Floats(pair.Key, [.. pair.Value.Select(size => (long)size)], numbers);
        })];
    }

    private sealed record Asked(string Name, IReadOnlyList<int> Shape) : IWeight;
}
