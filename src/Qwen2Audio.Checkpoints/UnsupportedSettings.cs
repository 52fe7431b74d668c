using System.Text.Json;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Checkpoints;

/// <summary>Checks fields of a decoder's configuration that would change the computation but are not supported: they are refused unless they are off.</summary>
internal static class UnsupportedSettings
{
    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>Records every such field of <paramref name="json"/> as a problem.</summary>
    public static void Check(ConfigObject json, int headDim)
    {
        if (json.BoolOr("use_mrope", false)) json.AddProblem("use_mrope", "true", "false (multimodal rotary positions are not supported)");
        if (json.IntOr("head_dim", headDim, min: 1) is var width && width != headDim)
            json.AddProblem("head_dim", width.ToString(CultureInfo.InvariantCulture), $"hidden_size / num_attention_heads ({headDim})");
        foreach (var holder in new[] { json, json.ObjectOrNull("rope_scaling"), json.ObjectOrNull("rope_parameters") })
            if (holder?.NumberOr("partial_rotary_factor", 1) is { } share and not 1)
                holder.AddProblem("partial_rotary_factor", share.ToString(CultureInfo.InvariantCulture), "1");
        if (json.Has("quantization_config"))
            json.AddProblem("quantization_config", "quantised weights", "none: weights stored as F32, F16 or BF16");
    }

    /// <summary>
    /// The window and the first layer that uses it, from use_sliding_window, sliding_window and max_window_layers, and from layer_types in newer
    /// files. The window is 0 if no layer uses one.
    /// </summary>
    public static (int Window, int FirstLayer) SlidingWindow(ConfigObject json, int layers)
    {
        var used = json.BoolOr("use_sliding_window", false);
        var window = json.IntOr("sliding_window", 4096, min: 1);
        var first = json.IntOr("max_window_layers", 28, min: used ? 0 : int.MinValue);
        // null means no window; an absent field means the default
        if (json.Element.ValueKind == JsonValueKind.Object && json.Element.TryGetProperty("sliding_window", out var given) && given.ValueKind == JsonValueKind.Null) used = false;
        return FirstOfTypes(json, layers, used, first) is { } known ? (used ? window : 0, known) : (used ? window : 0, first);
    }

    private static int? FirstOfTypes(ConfigObject json, int layers, bool used, int first)
    {
        var types = json.StringListOr("layer_types", []);
        if (types.Count == 0) return null;
        if (types.Count != layers) json.AddProblem("layer_types", $"{types.Count} layers", $"num_hidden_layers ({layers})");
        if (types.FirstOrDefault(type => type is not (Full or Sliding)) is { } other) json.AddProblem("layer_types", other, $"{Full}, {Sliding}");
        var start = types.TakeWhile(type => type == Full).Count();
        if (types.Skip(start).Contains(Full)) json.AddProblem("layer_types", $"{Full} after {Sliding}", $"{Sliding} from one layer on");
        if (start < types.Count && !used) json.AddProblem("layer_types", Sliding, $"{Full}, since no sliding window is in use");
        return used ? start : first;
    }
}
