using System.Text.Json.Nodes;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>Settings of a low-rank adapter; names are those of peft's adapter_config.json in C# case.</summary>
public sealed record LoraConfig
{
    /// <summary>Rank of the products.</summary>
    public required int R { get; init; }

    /// <summary>The product is multiplied by this divided by the rank, or by its square root with <see cref="UseRslora"/>.</summary>
    public required double LoraAlpha { get; init; }

    /// <summary>Divide by the square root of the rank instead of the rank (Kalajdzievski 2023).</summary>
    public bool UseRslora { get; init; }

    /// <summary>Dropout rate on the adapter's input during training.</summary>
    public double LoraDropout { get; init; }

    /// <summary>Modules that have an adapter.</summary>
    public required ModuleSelector TargetModules { get; init; }

    /// <summary>Target modules that have no adapter.</summary>
    public ModuleSelector? ExcludeModules { get; init; }

    /// <summary>Ranks for some modules; the first match is used.</summary>
    internal IReadOnlyList<ModulePattern> RankPattern { get; init; } = [];

    /// <summary>Alphas for some modules; the first match is used.</summary>
    internal IReadOnlyList<ModulePattern> AlphaPattern { get; init; } = [];

    /// <summary>The numbers of the layers that have an adapter if <see cref="TargetModules"/> is a list; null: all.</summary>
    internal LayerSelector? Layers { get; init; }

    /// <summary>Whether each row of W + scaling · B·A has a learned magnitude (DoRA, Liu et al. 2024).</summary>
    public bool UseDora { get; init; }

    /// <summary>Which biases were trained too: none, all, lora_only.</summary>
    public string Bias { get; init; } = "none";

    /// <summary>Names, or ends of names, of modules that were trained and stored in full.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Warnings about settings that have no effect.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The base model as the adapter names it.</summary>
    public string? BaseModel { get; init; }

    /// <summary>All fields of the file that this was read from, for writing it back; null for a new one.</summary>
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

    /// <summary>Whether a module is stored in full, or is within one that is.</summary>
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
