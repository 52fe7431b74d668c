using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Model;
using Qwen2Audio.Text;
using Qwen2Audio.Text.Chat;

namespace Qwen2Audio.Checkpoints;

/// <summary>Compares a checkpoint with its configuration: differences are refused, unused parts are reported.</summary>
public static class ModelCheck
{
    /// <summary>Requires every tensor of a model, and no others except <see cref="IgnoredTensors"/>.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="expected">The tensors, if their types matter; null: those of the configuration.</param>
    /// <returns>Warnings for the user: settings without effect, an unused stored head, an adapter that is not applied.</returns>
    /// <exception cref="CheckpointException">Tensors are missing, extra, of another shape or type; all are named.</exception>
    public static IReadOnlyList<string> Require(ModelSource source, IEnumerable<ExpectedTensor>? expected = null)
    {
        TensorCheck.Require(source, expected ?? source.Description.Tensors(source.Tensors.ContainsKey), IgnoredTensors.Contains);
        return Warnings(source);
    }

    /// <summary>Only the warnings, for a checkpoint whose tensors were already compared.</summary>
    public static IReadOnlyList<string> Warnings(ModelSource source)
    {
        var config = source.Config;
        var warnings = config.Warnings.Select(warning => $"{config.File}: {warning}").ToList();
        foreach (var head in source.Tensors.Keys.Where(IgnoredTensors.IsHead))
        {
            var tied = TiedHead.Of(source.Tensors.Keys.Where(name => name != head));
            if (IsTied(config) && tied?.Head == head && !TensorComparison.Equal(source, head, source, tied.Table))
                warnings.Add($"{source.Path}: {head} and {tied.Table} differ, while config.json ties them (tie_word_embeddings): {tied.Table} is used for both, as transformers 4.57 does. To use the stored head, set tie_word_embeddings to false.");
        }

        return [.. warnings, .. source.Warnings];
    }

    // read as the readers of the model kinds read it
    private static bool IsTied(ConfigObject config)
    {
        var kind = config.StringOr("model_type", "");
        var text = kind is ModelKinds.Qwen2Audio or ModelKinds.Qwen2AudioCtc ? config.ObjectOrNull("text_config") : config;
        return text?.BoolOr("tie_word_embeddings", kind == ModelKinds.Whisper) == true;
    }

    /// <summary>Requires audio_token_index to be the tokenizer's id of the audio placeholder.</summary>
    /// <exception cref="ConfigException">It is a different id, or the tokenizer has none.</exception>
    public static void RequirePlaceholder(ModelSource source, Qwen2AudioConfig audio, BytePairTokenizer tokenizer)
    {
        var isKnown = tokenizer.ControlTokens.TryGetValue(ControlNames.Audio, out var id);
        if (!isKnown || id != audio.AudioTokenIndex)
            throw new ConfigException(source.Config.File, "$.audio_token_index", $"{audio.AudioTokenIndex}", isKnown ? $"{id}, the tokenizer's id of {ControlNames.Audio}" : $"a tokenizer that has {ControlNames.Audio}");
    }
}
