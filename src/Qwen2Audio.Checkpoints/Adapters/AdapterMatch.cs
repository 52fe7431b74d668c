using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>
/// Matches an adapter to a model as peft does: A and B of the target modules, row magnitudes, and every other tensor by the name of the model's
/// weight that it replaces.
/// </summary>
internal sealed class AdapterMatch
{
    private const string Ending = ".weight";
    private static readonly string[] Wrappers = [".modules_to_save.default.", ".modules_to_save.", ".base_layer."];

    private readonly AdapterFolder _adapter;
    private readonly ITensorSource _model;
    private readonly List<(string Name, IReadOnlyList<int> Shape)> _weights;
    private readonly Dictionary<string, IReadOnlyList<int>> _shapes;
    private readonly TiedHead? _head;

    public AdapterMatch(AdapterFolder adapter, ITensorSource model, List<(string Name, IReadOnlyList<int> Shape)> weights)
    {
        (_adapter, _model, _weights) = (adapter, model, weights);
        _shapes = weights.ToDictionary(weight => weight.Name, weight => weight.Shape, StringComparer.Ordinal);
        _head = TiedHead.Of(_shapes.Keys);
    }

    private LoraConfig Config => _adapter.Config;

    private string ConfigFile => Path.Combine(_adapter.Path, LoraConfigReader.FileName);

    private IEnumerable<string> Stored => _adapter.Source.Tensors.Keys;

    public AdapterChanges Changes()
    {
        var targets = Targets();
        var whole = new Dictionary<string, string>(StringComparer.Ordinal); // weight, or tied head → tensor
        foreach (var tensor in Stored)
            if (WeightOf(tensor) is { } weight && !whole.TryAdd(weight, tensor))
                throw new CheckpointException(_adapter.Source.Path, $"tensor {tensor}", $"the same weight as {whole[weight]}", "each weight once");
        Require(targets, whole);
        var places = Places(whole);
        return new AdapterChanges(targets, places, _head, AdapterWarnings.Of(_adapter, _model, targets, places, _head));
    }

    private List<LoraTarget> Targets()
    {
        var targets = LoraTarget.Of(Config, _weights);
        if (targets.Count > 0) return [.. targets.Select(target => Config.UseDora ? target with { Magnitude = Magnitude(target) } : target)];
        var endings = _weights.Select(weight => LoraTarget.LinearModule(weight.Name, weight.Shape.Count)).OfType<string>()
            .Select(module => module[(module.LastIndexOf('.') + 1)..]).Distinct(StringComparer.Ordinal);
        var layers = Config.Layers is { } chosen ? $" in the layers {string.Join(", ", chosen.Numbers)} of layers_to_transform" : "";
        throw new ConfigException(ConfigFile, "$.target_modules", $"{Config.TargetModules}, which are not linear layers of the model{layers}",
            $"some of {string.Join(", ", endings)}, \"{ModuleSelector.AllLinear}\" or an expression that matches whole names");
    }

    // some versions of peft include the name of the vector's module
    private string Magnitude(LoraTarget target)
    {
        var name = $"{LoraTarget.Prefix}{target.Weight[..^Ending.Length]}.lora_magnitude_vector";
        return _adapter.Source.Tensors.ContainsKey(name + Ending) ? name + Ending : name;
    }

    /// <summary>The weight of the model, or its tied head, that a tensor replaces.</summary>
    private string? WeightOf(string tensor)
    {
        if (!tensor.StartsWith(LoraTarget.Prefix, StringComparison.Ordinal)) return null;
        var name = tensor[LoraTarget.Prefix.Length..];
        foreach (var wrapper in Wrappers) name = name.Replace(wrapper, ".", StringComparison.Ordinal);
        return _shapes.ContainsKey(name) || name == _head?.Head ? name : null;
    }

    private void Require(List<LoraTarget> targets, Dictionary<string, string> whole)
    {
        static IEnumerable<ExpectedTensor> Of(LoraTarget target)
        {
            yield return new(target.NameOfA, [target.Rank, target.In]);
            yield return new(target.NameOfB, [target.Out, target.Rank]);
            if (target.Magnitude is { } magnitude) yield return new(magnitude, [target.Out]);
        }

        var saved = _weights.Select(weight => weight.Name).Concat(_head is null ? [] : [_head.Head]).Where(name => Config.Saves(Module(name)) && !whole.ContainsKey(name))
            .Select(name => new ExpectedTensor(LoraTarget.Prefix + name, Shape(name)));
        TensorCheck.Require(_adapter.Source,
            [.. targets.SelectMany(Of), .. whole.Select(weight => new ExpectedTensor(weight.Value, Shape(weight.Key))), .. saved],
            extra: ($"a tensor that {LoraConfigReader.FileName} does not explain", Allowed(targets.Count)));
    }

    private string Allowed(int targets) =>
        $"lora_A and lora_B{(Config.UseDora ? ", lora_magnitude_vector" : "")} of its {targets} target modules ({Config.TargetModules}), and whole weights of the model, "
        + $"as {LoraTarget.Prefix}{_weights[0].Name}";

    private long[] Shape(string weight) => [.. _shapes[weight == _head?.Head ? _head.Table : weight].Select(size => (long)size)];

    private static string Module(string weight) => weight[..weight.LastIndexOf('.')];

    /// <summary>
    /// Where replaced weights are used. A tied head and its embedding are one weight, so a tensor for either affects both uses, and the head's
    /// has priority; a module in modules_to_save is a separate copy.
    /// </summary>
    private List<ReplacedWeight> Places(Dictionary<string, string> whole)
    {
        List<ReplacedWeight> places = [.. whole.Where(weight => _head is null || (weight.Key != _head.Table && weight.Key != _head.Head)).Select(weight => new ReplacedWeight(weight.Key, weight.Value))];
        if (_head is null) return places;
        var (table, head) = (whole.GetValueOrDefault(_head.Table), whole.GetValueOrDefault(_head.Head));
        var (ownTable, ownHead) = (table is not null && Config.Saves(Module(_head.Table)), head is not null && Config.Saves(Module(_head.Head)));
        var shared = ownHead ? (ownTable ? null : table) : head ?? (ownTable ? null : table);
        var (rows, products) = (ownTable ? table : shared, ownHead ? head : shared);
        if (rows == products && rows is not null) places.Add(new ReplacedWeight(_head.Table, rows));
        else
        {
            if (rows is not null) places.Add(new ReplacedWeight(_head.Table, rows, WeightUses.Rows));
            if (products is not null) places.Add(new ReplacedWeight(_head.Table, products, WeightUses.Products));
        }

        return places;
    }
}
