using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Training.Adapters;

/// <summary>
/// Merges an adapter into the weights of its base model: W + scaling · B·A (with DoRA, rows rescaled to the stored norms); weights that the adapter
/// stores whole are replaced. Computed in float32, stored in the type of W. A tied head that the adapter changes becomes a separate
/// tensor.
/// </summary>
public static class AdapterMerge
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes a model folder with the same files as the base, including configuration and tokenizer.</summary>
    /// <param name="baseFolder">The base model.</param>
    /// <param name="adapterFolder">An adapter in peft's format.</param>
    /// <param name="path">The folder to create; must not exist.</param>
    /// <param name="onTensor">Called before each tensor with its number, the count and its name.</param>
    /// <exception cref="ConfigException">A configuration is damaged or uses unsupported settings.</exception>
    /// <exception cref="CheckpointException">Tensors are damaged, missing, misshaped, or not finite after merging.</exception>
    /// <exception cref="IOException">The folder exists, or the disk is full.</exception>
    public static MergedAdapter Write(string baseFolder, string adapterFolder, string path, WorkerPool pool, Action<int, int, string>? onTensor = null)
    {
        using var source = ModelFolder.Open(baseFolder);
        using var adapter = AdapterFolder.Open(adapterFolder);
        var warnings = ModelCheck.Require(source);
        var changes = adapter.Changes(source, source.Description.Tensors().Select(tensor => (tensor.Name, (IReadOnlyList<int>)[.. tensor.Shape.Select(size => (int)size)])));
        var merged = new MergedTensors(source, adapter, changes, pool);
        var bytes = DerivedFolder.Write(source.Checkpoint, path, merged.Of, changes.Unties ? Untied(source.Config) : null, onTensor, finish: folder => TakeEnds(adapter.Path, folder));
        return new MergedAdapter(bytes, [.. warnings, .. changes.Warnings]);
    }

    // the adapter's end tokens become those of the model
    private static void TakeEnds(string adapter, string folder)
    {
        using var model = ModelFolder.Open(folder);
        var (known, more) = (EndTokens.OfModel(model), EndTokens.OfAdapter(adapter));
        if (more.Except(known).Any()) EndTokens.Write(folder, [.. more.Union(known)]);
    }

    /// <summary>config.json with tie_word_embeddings set to false in the decoder's settings.</summary>
    private static string Untied(ConfigObject config)
    {
        const string tied = "tie_word_embeddings";
        var root = JsonNode.Parse(config.Element.GetRawText())!.AsObject();
        if (root["text_config"] is JsonObject text) text[tied] = false;
        if (root["text_config"] is not JsonObject || root.ContainsKey(tied)) root[tied] = false;
        return root.ToJsonString(Indented);
    }
}

/// <summary>The result of a merge.</summary>
/// <param name="Bytes">Bytes of the tensors.</param>
/// <param name="Warnings">Warnings that a user should see.</param>
public sealed record MergedAdapter(long Bytes, IReadOnlyList<string> Warnings);
