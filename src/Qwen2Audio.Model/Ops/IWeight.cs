namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A trained tensor as an operator set keeps it. Models pass weights on and never look inside: how the numbers are stored
/// (packed, quantised, with a gradient) is the operator set's business.
/// </summary>
public interface IWeight
{
    /// <summary>The name in the checkpoint.</summary>
    string Name { get; }

    /// <summary>The shape in the checkpoint, as published: a linear layer is [out, in], a convolution [out, in / groups, kernel].</summary>
    IReadOnlyList<int> Shape { get; }
}

/// <summary>Where a model asks for its weights, by the names that published checkpoints use.</summary>
public interface IWeights
{
    /// <summary>The weight <paramref name="name"/> below this prefix. A missing or misshaped one is reported by the source.</summary>
    IWeight Get(string name, params ReadOnlySpan<int> shape);

    /// <summary>True when a weight of this name exists.</summary>
    bool Contains(string name);

    /// <summary>The weights whose names start with <paramref name="prefix"/> and a dot.</summary>
    IWeights Sub(string prefix);
}

/// <summary>Projections to queries, keys and values; Qwen2 has all three biases, Whisper-type encoders none on the keys.</summary>
public sealed record QkvWeights(IWeight Query, IWeight Key, IWeight Value, IWeight? QueryBias, IWeight? KeyBias, IWeight? ValueBias);

/// <summary>SwiGLU: down(silu(gate x) · up x). Gate and Up [inner, width], Down [width, inner].</summary>
public sealed record GatedFfnWeights(IWeight Gate, IWeight Up, IWeight Down);

/// <summary>fc2(activation(fc1 x)), with biases or without. Fc1 [inner, width], Fc2 [width, inner].</summary>
public sealed record MlpWeights(IWeight Fc1, IWeight? Fc1Bias, IWeight Fc2, IWeight? Fc2Bias);

/// <summary>A Qwen2 mixture of experts: Router [experts, width]; the shared expert and its gate [1, width] may be absent together.</summary>
public sealed record MoeWeights(IWeight Router, IReadOnlyList<GatedFfnWeights> Experts, GatedFfnWeights? Shared, IWeight? SharedGate);

/// <summary>
/// A layer of an LSTM, gates in the order input, forget, cell, output: Input and State [4 · width, width], both biases [4 · width].
/// </summary>
public sealed record LstmLayerWeights(IWeight Input, IWeight State, IWeight InputBias, IWeight StateBias);
