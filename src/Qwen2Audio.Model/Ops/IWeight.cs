namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A trained tensor, as an operator set stores it. Models only pass weights to operators; the storage
/// (packed, quantised, with a gradient) is up to the operator set.
/// </summary>
public interface IWeight
{
    /// <summary>The name in the checkpoint.</summary>
    string Name { get; }

    /// <summary>The shape in the checkpoint, as published: a linear layer is [out, in], a convolution [out, in / groups, kernel].</summary>
    IReadOnlyList<int> Shape { get; }
}

/// <summary>The source from which a model requests its weights, by their published names.</summary>
public interface IWeights
{
    /// <summary>The weight <paramref name="name"/> under this prefix. The source reports missing or misshaped weights.</summary>
    IWeight Get(string name, params ReadOnlySpan<int> shape);

    /// <summary>True when a weight with this name exists.</summary>
    bool Contains(string name);

    /// <summary>The weights whose names start with <paramref name="prefix"/> and a dot.</summary>
    IWeights Sub(string prefix);
}

/// <summary>Query, key and value projections; Qwen2 has all three biases, Whisper-type encoders have none for keys.</summary>
public sealed record QkvWeights(IWeight Query, IWeight Key, IWeight Value, IWeight? QueryBias, IWeight? KeyBias, IWeight? ValueBias);

/// <summary>SwiGLU: down(silu(gate x) · up x). Gate and Up [inner, width], Down [width, inner].</summary>
public sealed record GatedFfnWeights(IWeight Gate, IWeight Up, IWeight Down);

/// <summary>fc2(activation(fc1 x)), biases optional. Fc1 [inner, width], Fc2 [width, inner].</summary>
public sealed record MlpWeights(IWeight Fc1, IWeight? Fc1Bias, IWeight Fc2, IWeight? Fc2Bias);

/// <summary>A Qwen2 mixture of experts: Router [experts, width]; the shared expert and its gate [1, width] are optional together.</summary>
public sealed record MoeWeights(IWeight Router, IReadOnlyList<GatedFfnWeights> Experts, GatedFfnWeights? Shared, IWeight? SharedGate);

/// <summary>
/// A layer of an LSTM, gates in the order input, forget, cell, output: Input and State [4 · width, width], both biases [4 · width].
/// </summary>
public sealed record LstmLayerWeights(IWeight Input, IWeight State, IWeight InputBias, IWeight StateBias);
