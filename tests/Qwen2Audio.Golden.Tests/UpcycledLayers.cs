using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Upcycling;

namespace Qwen2Audio.Golden.Tests;

/// <summary>
/// A mixture of experts with the neurons of given assignments, a zero router that uses all experts, and no shared expert; the experts'
/// outputs are multiplied by a factor.
/// </summary>
internal sealed class UpcycledLayers : IDisposable
{
    private readonly ParameterSet _parameters = new();
    private readonly Qwen2Model _model;
    private readonly int _experts;

    public UpcycledLayers(Qwen2Config config, ITensorSource dense, IReadOnlyList<NeuronAssignment> plans, int firstLayer, float scale)
    {
        _experts = plans[0].Experts;
        _model = new Qwen2Model(config with
        {
            Moe = new Qwen2MoeConfig
            {
                NumExperts = _experts,
                NumExpertsPerTok = _experts,
                MoeIntermediateSize = plans[0].Neurons(0).Length,
                SharedExpertIntermediateSize = 0,
                NormTopkProb = false,
                DecoderSparseStep = 1,
                MlpOnlyLayers = [],
                RouterAuxLossCoef = 0,
            },
        }, _parameters.Weights);
        _parameters.Freeze();
        _parameters.Allocate(_ => true);
        foreach (var parameter in _parameters.Parameters.Where(parameter => dense.Tensors.ContainsKey(parameter.Name)))
            dense.ReadFloats(parameter.Name, parameter.Value.Span);
        for (var i = 0; i < plans.Count; i++)
            for (var e = 0; e < _experts; e++) Fill(dense, plans[i].Neurons(e), firstLayer + i, i, e, scale);
    }

    public Variable Logits(TrainingOps ops, int[] ids, Layout rows) => _model.Logits(ops, _model.Hidden(ops, _model.Embed(ops, ids), rows));

    /// <summary>The first layer's experts alone.</summary>
    public Variable Experts(TrainingOps ops, Variable x)
    {
        Parameter Of(string name) => _parameters[$"model.layers.0.mlp.{name}.weight"];
        var experts = Enumerable.Range(0, _experts)
            .Select(e => new GatedFfnWeights(Of($"experts.{e}.gate_proj"), Of($"experts.{e}.up_proj"), Of($"experts.{e}.down_proj"))).ToList();
        return ops.MoeFfn(x, new MoeWeights(Of("gate"), experts, null, null), new MoeSpec(_experts, false));
    }

    public void Dispose() => _parameters.Dispose();

    private void Fill(ITensorSource dense, int[] neurons, int from, int to, int expert, float scale)
    {
        foreach (var name in new[] { "gate_proj", "up_proj" })
        {
            var (numbers, target) = (dense.ReadFloats($"model.layers.{from}.mlp.{name}.weight"), _parameters[$"model.layers.{to}.mlp.experts.{expert}.{name}.weight"].Value);
            for (var i = 0; i < neurons.Length; i++) numbers.AsSpan(neurons[i] * target.Columns, target.Columns).CopyTo(target.Row(i));
        }

        var (down, result) = (dense.ReadFloats($"model.layers.{from}.mlp.down_proj.weight"), _parameters[$"model.layers.{to}.mlp.experts.{expert}.down_proj.weight"].Value);
        var width = down.Length / result.Rows;
        for (var r = 0; r < result.Rows; r++)
            for (var i = 0; i < neurons.Length; i++) result.Row(r)[i] = scale * down[r * width + neurons[i]];
    }
}
