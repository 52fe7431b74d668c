namespace Qwen2Audio.Checkpoints;

/// <summary>Extra tensors in published checkpoints that have no effect.</summary>
public static class IgnoredTensors
{
    private static readonly string[] CodebookState = [".codebook.cluster_size", ".codebook.embed_avg", ".codebook.inited", ".codebook.initialized"];

    /// <summary>
    /// Whether an unused tensor is harmless: a table that follows from the configuration, a head tied to the embedding, the gate of an empty shared
    /// expert, or the running sums of a codebook.
    /// </summary>
    public static bool Contains(string name) =>
        IsHead(name) || CodebookState.Any(state => name.EndsWith(state, StringComparison.Ordinal))
        || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || name.EndsWith(".mlp.shared_expert_gate.weight", StringComparison.Ordinal);

    /// <summary>Whether a tensor is an output head, by its name.</summary>
    public static bool IsHead(string name) => name.EndsWith("lm_head.weight", StringComparison.Ordinal) || name.EndsWith("proj_out.weight", StringComparison.Ordinal);
}
