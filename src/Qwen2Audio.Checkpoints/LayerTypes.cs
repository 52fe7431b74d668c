using Qwen2Audio.Formats;

namespace Qwen2Audio.Checkpoints;

/// <summary>
/// <c>layer_types</c>, which newer files have beside <c>use_sliding_window</c> and <c>max_window_layers</c>: it must say the same.
/// </summary>
internal static class LayerTypes
{
    /// <summary>Notes a problem when the list is there and names another attention for a layer than the older fields do.</summary>
    public static void Check(ConfigObject json, int layers, int window, int firstWithWindow)
    {
        if (!json.Has("layer_types")) return;
        var types = json.StringListOr("layer_types", []);
        if (types.Count != layers)
        {
            json.Refuse("layer_types", $"{types.Count} types", $"one for each of num_hidden_layers ({layers})");
            return;
        }

        for (var layer = 0; layer < layers; layer++)
        {
            var expected = window > 0 && layer >= firstWithWindow ? "sliding_attention" : "full_attention";
            if (types[layer] == expected) continue;
            json.Refuse($"layer_types[{layer}]", types[layer], $"{expected}, as use_sliding_window, sliding_window and max_window_layers say");
            return;
        }
    }
}
