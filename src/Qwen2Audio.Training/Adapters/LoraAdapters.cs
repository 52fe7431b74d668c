using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Adapters;

/// <summary>
/// The low-rank adapters of a model in training. Build the model, freeze it (<see cref="ParameterSet.Freeze"/>), add adapters, allocate
/// storage (<see cref="ParameterSet.Allocate"/>), initialise the adapters, and activate one: operators add its products to those of the weights,
/// and only it is trained. Without an active adapter the model is the base.
/// </summary>
internal sealed class LoraAdapters(ParameterSet parameters)
{
    private readonly List<LoraAdapter> _adapters = [];
    private LoraAdapter? _active;

    /// <summary>All adapters.</summary>
    public IReadOnlyList<LoraAdapter> All => _adapters;

    /// <summary>The adapter in use; null: the base model.</summary>
    /// <exception cref="ArgumentException">The adapter belongs to another model.</exception>
    public LoraAdapter? Active
    {
        get => _active;
        set
        {
            if (value is not null && !_adapters.Contains(value)) throw new ArgumentException($"The adapter \"{value.Name}\" belongs to another model.", nameof(value));
            foreach (var adapter in _adapters) adapter.Use(false);
            value?.Use(true);
            _active = value;
        }
    }

    /// <summary>Adds an adapter to the weights that its settings match. Call it before storage is allocated.</summary>
    /// <exception cref="ArgumentException">The name is taken, or no weight matches.</exception>
    public LoraAdapter Add(string name, LoraConfig config)
    {
        if (_adapters.Exists(adapter => adapter.Name == name)) throw new ArgumentException($"There is an adapter \"{name}\" already.", nameof(name));
        var model = parameters.Parameters.Except(_adapters.SelectMany(adapter => adapter.Parameters).Select(parameter => parameter.Parameter)).ToList();
        var added = new LoraAdapter(name, config, parameters, model);
        _adapters.Add(added);
        return added;
    }
}
