namespace Qwen2Audio.Model.Qwen2;

/// <summary>The second half of a decoder layer: SwiGLU, or routed experts with a gated shared expert, depending on the layer's index.</summary>
internal sealed class FeedForward
{
    private readonly GatedFfnWeights? _dense;
    private readonly MoeWeights? _moe;
    private readonly MoeSpec _spec;

    public FeedForward(Qwen2Config config, int index, IWeights weights, LayerSites sites)
    {
        if (config.Moe is { } moe && moe.IsSparse(index))
        {
            _spec = new MoeSpec(moe.NumExpertsPerTok, moe.NormTopkProb) { Router = sites.Router };
            _moe = Experts(config.HiddenSize, moe, weights);
        }
        else
        {
            _dense = Gated(weights, config.IntermediateSize, config.HiddenSize);
        }
    }

    /// <summary>Whether the layer routes rows to experts.</summary>
    public bool Routes => _moe is not null;

    public T Forward<T>(IOps<T> ops, T x) => _moe is null ? ops.GatedFfn(x, _dense!) : ops.MoeFfn(x, _moe, _spec);

    private static GatedFfnWeights Gated(IWeights weights, int inner, int width) => new(
        weights.Get("gate_proj.weight", inner, width),
        weights.Get("up_proj.weight", inner, width),
        weights.Get("down_proj.weight", width, inner));

    private static MoeWeights Experts(int width, Qwen2MoeConfig moe, IWeights weights)
    {
        var experts = new GatedFfnWeights[moe.NumExperts];
        for (var e = 0; e < experts.Length; e++) experts[e] = Gated(weights.Sub($"experts.{e}"), moe.MoeIntermediateSize, width);
        var shared = moe.SharedExpertIntermediateSize > 0;
        return new MoeWeights(
            weights.Get("gate.weight", moe.NumExperts, width),
            experts,
            shared ? Gated(weights.Sub("shared_expert"), moe.SharedExpertIntermediateSize, width) : null,
            shared ? weights.Get("shared_expert_gate.weight", 1, width) : null);
    }
}
