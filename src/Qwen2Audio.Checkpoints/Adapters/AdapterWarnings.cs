using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>Warnings about an adapter that matches a model's shapes.</summary>
internal static class AdapterWarnings
{
    public static IReadOnlyList<string> Of(AdapterFolder adapter, ITensorSource model, IReadOnlyList<LoraTarget> targets, IReadOnlyList<ReplacedWeight> whole, TiedHead? head)
    {
        var warnings = adapter.Config.Warnings.Select(text => $"{adapter.Path}: {text}.").ToList();
        if (OtherBase(adapter.Config.BaseModel, model) is { } mine)
            warnings.Add($"{adapter.Path} was made for \"{adapter.Config.BaseModel}\", according to its base_model_name_or_path, and is applied to \"{mine}\". The shapes match, but an adapter degrades the output of any other model.");
        if (Effect(adapter, model, targets, whole) is { } why) warnings.Add($"{adapter.Path} has no effect: {why}.");
        foreach (var name in adapter.Config.ModulesToSave)
            if (!whole.Any(weight => Saved(weight.Tensor, name)))
                warnings.Add($"{adapter.Path}: modules_to_save names {name}, which the model does not have.");
        if (adapter.Config.Bias != "none" && !whole.Any(weight => weight.Tensor.EndsWith("bias", StringComparison.Ordinal)))
            warnings.Add($"{adapter.Path}: bias is {adapter.Config.Bias}, but the file has no bias; those of the model are used.");
        if (head is not null && Differ(adapter, head))
            warnings.Add($"{adapter.Path} has a {head.Head} and a {head.Table} that differ, while the model ties them; {head.Head} is used for both, as peft does.");
        return warnings;
    }

    private static bool Saved(string tensor, string name) => tensor[..tensor.LastIndexOf('.')].Contains(name, StringComparison.Ordinal);

    /// <summary>The model's name, if it is not the adapter's base.</summary>
    private static string? OtherBase(string? expected, ITensorSource model)
    {
        if (string.IsNullOrWhiteSpace(expected) || model is not ModelSource source) return null;
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Path));
        var named = source.Config.Element.TryGetProperty("_name_or_path", out var field) && field.ValueKind == System.Text.Json.JsonValueKind.String ? field.GetString()! : "";
        var link = Directory.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        string[] names = [ModelNames.Of(full), ModelNames.Of(link), ModelNames.Last(named)];
        return names.Contains(ModelNames.Of(expected), StringComparer.OrdinalIgnoreCase) ? null : names[0];
    }

    private static string? Effect(AdapterFolder adapter, ITensorSource model, IReadOnlyList<LoraTarget> targets, IReadOnlyList<ReplacedWeight> whole)
    {
        if (targets.Any(target => target.Magnitude is not null)) return null;
        var scaled = targets.Where(target => target.Scaling != 0).ToList();
        if (scaled.Any(target => !TensorComparison.IsZero(adapter.Source, target.NameOfB) && !TensorComparison.IsZero(adapter.Source, target.NameOfA))) return null;
        if (whole.Any(weight => !TensorComparison.Equal(adapter.Source, weight.Tensor, model, weight.Holder))) return null;
        return scaled.Count == 0 ? "its lora_alpha is 0" : "every product of its lora_A and lora_B is 0, as before training";
    }

    private static bool Differ(AdapterFolder adapter, TiedHead head)
    {
        var (table, output) = (LoraTarget.Prefix + head.Table, LoraTarget.Prefix + head.Head);
        var config = adapter.Config;
        return adapter.Source.Tensors.ContainsKey(table) && adapter.Source.Tensors.ContainsKey(output)
            && !config.Saves(head.Table[..head.Table.LastIndexOf('.')]) && !config.Saves(head.Head[..head.Head.LastIndexOf('.')])
            && !TensorComparison.Equal(adapter.Source, table, adapter.Source, output);
    }
}
