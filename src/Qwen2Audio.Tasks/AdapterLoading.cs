using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>Puts the adapter that options name on a model.</summary>
internal static class AdapterLoading
{
    /// <summary>Nothing when none is named.</summary>
    /// <exception cref="ConfigException">Its settings are damaged, not supported, or choose no weight of the model.</exception>
    /// <exception cref="CheckpointException">No such folder, or tensors that do not belong to the model; all are named.</exception>
    public static void Use(CheckpointWeights weights, ModelLoadOptions options)
    {
        if (options.Adapter is not { } path) return;
        var adapter = weights.AddAdapter(path);
        if (options.CheckWeights != false) adapter.CheckWeights();
        weights.Adapter = adapter;
    }

    /// <summary>What a user should know of the weights and of the adapter in use.</summary>
    public static IReadOnlyList<TaskWarning> Warnings(CheckpointWeights weights) => [.. weights.Warnings.Select(text => new TaskWarning("model", text))];
}
