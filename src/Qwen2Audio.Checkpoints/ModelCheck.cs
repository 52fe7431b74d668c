using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Checkpoints;

/// <summary>Compares a checkpoint with its configuration: what does not fit is refused, what is passed over is told.</summary>
public static class ModelCheck
{
    private const string AdapterConfig = "adapter_config.json";

    /// <summary>Requires every tensor of a model, and no others but <see cref="HarmlessTensors"/>.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="model">Its configuration.</param>
    /// <param name="expected">The tensors, where their types matter; null: those of the configuration.</param>
    /// <returns>What a user should know: settings that change nothing, a stored head that is not used, an adapter that is not applied.</returns>
    /// <exception cref="CheckpointException">Tensors are missing, extra, of another shape or type; all are named.</exception>
    public static IReadOnlyList<string> Require(CheckpointFolder source, ModelDescription model, IEnumerable<ExpectedTensor>? expected = null)
    {
        TensorCheck.Require(source, expected ?? model.Tensors(), HarmlessTensors.Contains);
        return Warnings(source, model.Config);
    }

    /// <summary>The warnings alone, for a checkpoint whose tensors were compared.</summary>
    public static IReadOnlyList<string> Warnings(CheckpointFolder source, ConfigObject config)
    {
        var warnings = config.Warnings.Select(warning => $"{config.File}: {warning}").ToList();
        foreach (var head in source.Tensors.Keys.Where(HarmlessTensors.IsHead))
        {
            var tied = TiedHead.Of(source.Tensors.Keys.Where(name => name != head));
            if (IsTied(config) && tied?.Head == head && !TensorComparison.Equal(source, head, source, tied.Table))
                warnings.Add($"{source.Path}: {head} and {tied.Table} differ, while config.json ties them (tie_word_embeddings): {tied.Table} is used for both, as transformers 4.57 does. If the stored head is meant, set tie_word_embeddings to false.");
        }

        if (File.Exists(Path.Combine(source.Path, AdapterConfig)))
            warnings.Add($"{source.Path} holds an adapter too ({AdapterConfig}); it is not applied. Name the folder with --adapter (ModelLoadOptions.Adapter) to use it.");
        return warnings;
    }

    // as the readers of the kinds take it
    private static bool IsTied(ConfigObject config)
    {
        var kind = config.StringOr("model_type", "");
        var text = kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc ? config.ObjectOrNull("text_config") : config;
        return text?.BoolOr("tie_word_embeddings", kind == ModelKinds.Whisper) == true;
    }
}
