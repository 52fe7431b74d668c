using System.Text.Json.Nodes;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>Settings of a low-rank adapter, names as in peft's adapter_config.json (in this language's case).</summary>
public sealed record LoraConfig
{
    /// <summary>Rank of the products.</summary>
    public required int R { get; init; }

    /// <summary>The product is multiplied by this over the rank, or over its root with <see cref="UseRslora"/>.</summary>
    public required double LoraAlpha { get; init; }

    /// <summary>Divide by the root of the rank instead of the rank (Kalajdzievski 2023).</summary>
    public bool UseRslora { get; init; }

    /// <summary>Share of the numbers of a module's input that the adapter does not see while it is trained.</summary>
    public double LoraDropout { get; init; }

    /// <summary>Modules that have an adapter.</summary>
    public required ModuleChoice TargetModules { get; init; }

    /// <summary>Modules that have none although they are targets.</summary>
    public ModuleChoice? ExcludeModules { get; init; }

    /// <summary>Ranks of some modules; the first that matches counts.</summary>
    public IReadOnlyList<ModulePattern> RankPattern { get; init; } = [];

    /// <summary>Alphas of some modules; the first that matches counts.</summary>
    public IReadOnlyList<ModulePattern> AlphaPattern { get; init; } = [];

    /// <summary>The base model as the adapter names it.</summary>
    public string? BaseModel { get; init; }

    /// <summary>All fields of the file that this was read from, to be written again; null for a new one.</summary>
    internal JsonObject? Fields { get; init; }

    /// <summary>Rank of a module's adapter.</summary>
    public int RankOf(string module) => (int)(RankPattern.FirstOrDefault(pattern => pattern.Matches(module))?.Value ?? R);

    /// <summary>Factor of a module's product.</summary>
    public double ScalingOf(string module)
    {
        var alpha = AlphaPattern.FirstOrDefault(pattern => pattern.Matches(module))?.Value ?? LoraAlpha;
        return alpha / (UseRslora ? Math.Sqrt(RankOf(module)) : RankOf(module));
    }

    /// <summary>Whether a linear module has an adapter.</summary>
    public bool Has(string module) => TargetModules.Has(module) && ExcludeModules?.Has(module) != true;
}
