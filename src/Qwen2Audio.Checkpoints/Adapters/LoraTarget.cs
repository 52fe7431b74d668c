namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>A weight [out, in] of the base model that has an adapter.</summary>
/// <param name="Weight">Its name in the base model.</param>
/// <param name="Rank">The rank r.</param>
/// <param name="Scaling">Factor of B·A.</param>
/// <param name="In">Width of an input row.</param>
/// <param name="Out">Width of an output row.</param>
public sealed record LoraTarget(string Weight, int Rank, double Scaling, int In, int Out)
{
    internal const string Prefix = "base_model.model.";
    private const string Ending = ".weight";

    /// <summary>The stored weight: <see cref="Weight"/> itself, or the embedding that it is tied to.</summary>
    public string Holder { get; init; } = Weight;

    /// <summary>Name of A [r, in] in adapter files.</summary>
    public string NameOfA => $"{Prefix}{Weight[..^Ending.Length]}.lora_A.weight";

    /// <summary>Name of B [out, r] in adapter files.</summary>
    public string NameOfB => $"{Prefix}{Weight[..^Ending.Length]}.lora_B.weight";

    /// <summary>The tensor of row magnitudes [out] (DoRA); null without DoRA.</summary>
    public string? Magnitude { get; init; }

    /// <summary>The linear layer that a weight belongs to; null for norms, biases, convolutions, position and token embeddings.</summary>
    public static string? LinearModule(string weight, int axes)
    {
        if (axes != 2 || !weight.EndsWith(Ending, StringComparison.Ordinal)) return null;
        var module = weight[..^Ending.Length];
        return module[(module.LastIndexOf('.') + 1)..] is "embed_tokens" or "embed_positions" ? null : module;
    }

    /// <summary>
    /// The weights of a model that a configuration selects, in the given order. A head tied to the embedding comes last: it applies to the logits,
    /// not to the look-up of tokens.
    /// </summary>
    /// <param name="config">The adapter's settings.</param>
    /// <param name="weights">Names and shapes of the model's weights.</param>
    public static IReadOnlyList<LoraTarget> Of(LoraConfig config, IEnumerable<(string Name, IReadOnlyList<int> Shape)> weights)
    {
        var targets = new List<LoraTarget>();
        var known = weights.ToList();
        foreach (var (name, shape) in known)
            if (LinearModule(name, shape.Count) is { } module && config.Has(module)) targets.Add(Target(name, module, shape));
        if (TiedHead.Of(known.Select(weight => weight.Name)) is { } tied && LinearModule(tied.Head, 2) is { } head && config.Has(head))
            targets.Add(Target(tied.Head, head, known.Find(weight => weight.Name == tied.Table).Shape) with { Holder = tied.Table });
        return targets;

        LoraTarget Target(string name, string module, IReadOnlyList<int> shape) => new(name, config.RankOf(module), config.ScalingOf(module), shape[1], shape[0]);
    }
}
