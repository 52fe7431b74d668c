namespace Qwen2Audio.Checkpoints;

/// <summary>Tensors that published checkpoints hold beside those of the model, and that change nothing.</summary>
public static class HarmlessTensors
{
    private static readonly string[] CodebookState = [".codebook.cluster_size", ".codebook.embed_avg", ".codebook.inited", ".codebook.initialized"];

    /// <summary>
    /// Tables that follow from the configuration, heads that are tied to the embedding, gates of shared experts without a neuron, and what
    /// codebooks were averaged from.
    /// Only of tensors that the model did not ask for.
    /// </summary>
    public static bool Contains(string name) =>
        IsHead(name) || CodebookState.Any(state => name.EndsWith(state, StringComparison.Ordinal))
        || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || name.EndsWith(".mlp.shared_expert_gate.weight", StringComparison.Ordinal);

    /// <summary>Whether a tensor is an output head by its name.</summary>
    public static bool IsHead(string name) => name.EndsWith("lm_head.weight", StringComparison.Ordinal) || name.EndsWith("proj_out.weight", StringComparison.Ordinal);
}
