using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Model.Qwen2;

/// <summary>The second half of a decoder layer: SwiGLU, or routed experts beside a gated shared expert (as the layer's index says).</summary>
internal sealed class FeedForward
{
    private readonly int _index;
    private readonly GatedFfnWeights? _dense;
    private readonly MoeWeights? _moe;
    private readonly MoeSpec _spec;

    public FeedForward(Qwen2Config config, int index, IWeights weights)
    {
        _index = index;
        if (config.Moe is { } moe && moe.IsSparse(index))
        {
            _spec = new MoeSpec(moe.NumExpertsPerTok, moe.NormTopkProb);
            _moe = Experts(config.HiddenSize, moe, weights);
        }
        else
        {
            _dense = Gated(weights, config.IntermediateSize, config.HiddenSize);
        }
    }

    public T Forward<T>(IOps<T> ops, T x)
    {
        if (_moe is null) return ops.GatedFfn(x, _dense!);
        var y = ops.MoeFfn(x, _moe, _spec, out var logits);                 // logits [rows, experts]
        ops.Tap(TapPoint.RouterLogits, _index, logits);
        return y;
    }

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
