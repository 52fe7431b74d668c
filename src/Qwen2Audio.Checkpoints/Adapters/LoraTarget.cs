namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>A weight [out, in] of the base model that has an adapter.</summary>
/// <param name="Weight">Its name in the base model.</param>
/// <param name="Rank">r.</param>
/// <param name="Scaling">Factor of B·A.</param>
/// <param name="In">Numbers of an input row.</param>
/// <param name="Out">Numbers of an output row.</param>
public sealed record LoraTarget(string Weight, int Rank, double Scaling, int In, int Out)
{
    private const string Prefix = "base_model.model.";
    private const string Ending = ".weight";

    /// <summary>Name of A [r, in] in adapter files.</summary>
    public string NameOfA => $"{Prefix}{Weight[..^Ending.Length]}.lora_A.weight";

    /// <summary>Name of B [out, r] in adapter files.</summary>
    public string NameOfB => $"{Prefix}{Weight[..^Ending.Length]}.lora_B.weight";

    /// <summary>The linear layer that a weight belongs to; null for norms, biases, convolutions, position and token embeddings.</summary>
    public static string? LinearModule(string weight, int axes)
    {
        if (axes != 2 || !weight.EndsWith(Ending, StringComparison.Ordinal)) return null;
        var module = weight[..^Ending.Length];
        return module[(module.LastIndexOf('.') + 1)..] is "embed_tokens" or "embed_positions" ? null : module;
    }

    /// <summary>The weights of a model that a configuration chooses, in the order in which they are given.</summary>
    /// <param name="config">The adapter's settings.</param>
    /// <param name="weights">Names and shapes of the model's weights.</param>
    public static IReadOnlyList<LoraTarget> Of(LoraConfig config, IEnumerable<(string Name, IReadOnlyList<int> Shape)> weights) =>
    [
        .. weights.Select(weight => (weight.Name, weight.Shape, Module: LinearModule(weight.Name, weight.Shape.Count)))
            .Where(weight => weight.Module is { } module && config.Has(module))
            .Select(weight => new LoraTarget(weight.Name, config.RankOf(weight.Module!), config.ScalingOf(weight.Module!), weight.Shape[1], weight.Shape[0])),
    ];
}
