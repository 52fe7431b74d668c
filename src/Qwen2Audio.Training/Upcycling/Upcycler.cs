using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Upcycling;

/// <summary>
/// Converts a dense Qwen2 model into a Qwen2-MoE model as described in the Qwen2 report (docs/decisions/0006-upcycling.md): tensor by tensor, in the
/// dense model's types. Everything outside the feed-forward layers keeps its bits.
/// </summary>
public sealed class Upcycler
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ModelSource _dense;
    private readonly Qwen2Config _config;
    private readonly UpcyclingOptions _options;
    private readonly Reinitialisation _fresh;
    private readonly Reinitialisation _kept;
    private readonly Reinitialisation _router;
    private readonly IReadOnlyList<string> _warnings;
    private readonly Dictionary<int, (NeuronAssignment Routed, NeuronAssignment? Shared)> _plans = [];

    private Upcycler(ModelSource dense, UpcyclingOptions options)
    {
        (_dense, _options) = (dense, options);
        dense.Config.Build(config => config.String("model_type", ModelKinds.Qwen2));
        _config = ModelConfigReader.ReadQwen2(dense.Config);
        var deviation = dense.Config.NumberOr("initializer_range", 0.02, min: 0, max: 1e3);
        dense.Config.ThrowIfBad();
        _warnings = ModelCheck.Require(dense, dense.Description.Tensors().Select(tensor => tensor with { Types = IsFeedForward(tensor.Name) ? [DType.F32, DType.F16, DType.BF16] : null }));
        _fresh = new Reinitialisation(options.Reinitialise, deviation, options.Seed);
        _kept = _fresh with { Share = 0 };
        _router = _fresh with { Share = 1 };
    }

    /// <summary>Writes the model's folder.</summary>
    /// <param name="dense">Folder of a Qwen2 model.</param>
    /// <param name="path">The folder to create; must not exist.</param>
    /// <param name="options">Sizes and seed.</param>
    /// <param name="onTensor">Called before each tensor with its number, the count and its name.</param>
    /// <returns>Bytes of the tensors, and warnings about the dense model.</returns>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    /// <exception cref="ConfigException">The dense model is of another kind, or its configuration is damaged.</exception>
    /// <exception cref="CheckpointException">Its tensors are damaged, missing or misshaped.</exception>
    /// <exception cref="IOException">The folder exists, or the disk is full.</exception>
    public static (long Bytes, IReadOnlyList<string> Warnings) Write(string dense, string path, UpcyclingOptions options, Action<int, int, string>? onTensor = null)
    {
        options.Check();
        using var source = ModelFolder.Open(dense);
        var upcycler = new Upcycler(source, options);
        return (DerivedFolder.Write(source.Checkpoint, path, upcycler.Derive, upcycler.Config(), onTensor), upcycler._warnings);
    }

    private static bool IsFeedForward(string name) => name.Contains(".mlp.", StringComparison.Ordinal);

    private IReadOnlyList<NewTensor>? Derive(TensorInfo tensor)
    {
        if (!IsFeedForward(tensor.Name)) return null;
        var parts = tensor.Name.Split('.'); // model.layers.L.mlp.gate_proj.weight
        var (layer, projection) = (int.Parse(parts[2], CultureInfo.InvariantCulture), parts[4]);
        var prefix = $"model.layers.{layer}.mlp";
        var (routed, shared) = PlanOf(layer);
        var isDown = projection == "down_proj";
        var derived = new List<NewTensor>();
        for (var e = 0; e < routed.Experts; e++)
            derived.Add(new ExpertTensor(_dense, tensor, routed.Neurons(e), isDown, _fresh, _options.Threads).As($"{prefix}.experts.{e}.{projection}.weight"));
        if (shared is not null) derived.Add(new ExpertTensor(_dense, tensor, shared.Neurons(0), isDown, _kept, _options.Threads).As($"{prefix}.shared_expert.{projection}.weight"));
        if (!isDown) return derived;
        derived.Add(Router($"{prefix}.gate.weight", tensor.DType, _options.Experts));
        derived.Add(Router($"{prefix}.shared_expert_gate.weight", tensor.DType, 1));
        return derived;
    }

    private (NeuronAssignment Routed, NeuronAssignment? Shared) PlanOf(int layer)
    {
        if (_plans.TryGetValue(layer, out var known)) return known;
        var routed = Plan($"{layer} routed", _options.Experts, _options.ExpertWidth);
        return _plans[layer] = (routed, _options.Shared > 0 ? Plan($"{layer} shared", 1, _options.Shared) : null);
    }

    private NeuronAssignment Plan(string name, int experts, int width)
    {
        var ffn = _config.IntermediateSize;
        return new NeuronAssignment(experts, width, ffn, [.. Enumerable.Range(0, NeuronAssignment.Copies(experts, width, ffn)).Select(copy =>
        {
            int[] permutation = [.. Enumerable.Range(0, ffn)];
            new CounterRandom(_options.Seed ^ Initialisation.NameHash($"permutation {name}"), (ulong)copy).Shuffle<int>(permutation);
            return permutation;
        })]);
    }

    private NewTensor Router(string name, DType type, int rows) => NewTensor.Pieces(name, type, [rows, _config.HiddenSize], sink =>
    {
        var row = new float[_config.HiddenSize];
        for (var i = 0; i < rows; i++)
        {
            _router.Replace(row, Initialisation.NameHash(name), i);
            sink.Write(row);
        }
    });

    /// <summary>The dense model's config.json with the fields of a mixture of experts.</summary>
    private string Config()
    {
        var json = JsonNode.Parse(_dense.Config.Element.GetRawText())!.AsObject();
        json["architectures"] = new JsonArray("Qwen2MoeForCausalLM");
        json["model_type"] = ModelKinds.Qwen2Moe;
        json["num_experts"] = _options.Experts;
        json["num_experts_per_tok"] = _options.ExpertsPerToken;
        json["moe_intermediate_size"] = _options.ExpertWidth;
        json["shared_expert_intermediate_size"] = _options.Shared;
        json["norm_topk_prob"] = false;
        json["decoder_sparse_step"] = 1;
        json["mlp_only_layers"] = new JsonArray();
        json["router_aux_loss_coef"] = 0.001;
        json["output_router_logits"] = false;
        var text = json.ToJsonString(Indented);
        ModelDescription.Read(ConfigObject.Parse(text, _dense.Config.File)); // rejects a configuration that could not be read
        return text;
    }
}
