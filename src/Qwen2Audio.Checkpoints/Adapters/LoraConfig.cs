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

    /// <summary>The layers by number that have an adapter where <see cref="TargetModules"/> is a list; null: all.</summary>
    public LayerChoice? Layers { get; init; }

    /// <summary>Whether each row of W + scaling · B·A gets a learned length (DoRA, Liu et al. 2024).</summary>
    public bool UseDora { get; init; }

    /// <summary>Which biases were trained beside the products: none, all, lora_only.</summary>
    public string Bias { get; init; } = "none";

    /// <summary>Modules that were trained and stored as a whole; a module is meant whose name ends so.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>What is odd about the settings and changes nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

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
    public bool Has(string module) => TargetModules.Has(module) && ExcludeModules?.Has(module) != true
        && (Layers is null || TargetModules.Names.Contains(module, StringComparer.Ordinal) || Layers.Has(module));

    /// <summary>Whether a module is stored as a whole, or lies in one that is.</summary>
    public bool Saves(string module)
    {
        for (var name = module; ModulesToSave.Count > 0; name = name[..name.LastIndexOf('.')])
        {
            if (ModulesToSave.Any(saved => name.EndsWith(saved, StringComparison.Ordinal))) return true;
            if (!name.Contains('.')) break;
        }

        return false;
    }
}
