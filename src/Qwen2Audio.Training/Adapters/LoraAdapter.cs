using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Adapters;

/// <summary>One low-rank adapter on a model in training: an A and a B for each of its weights. See <see cref="LoraAdapters"/>.</summary>
internal sealed class LoraAdapter
{
    private readonly List<(LoraTarget Target, Parameter Weight, LowRank Product)> _products = [];

    internal LoraAdapter(string name, LoraConfig config, ParameterSet parameters, IEnumerable<Parameter> model)
    {
        (Name, Config) = (name, config);
        if (config.UseDora || config.Bias != "none" || config.ModulesToSave.Count > 0)
            throw new ArgumentException($"The adapter \"{name}\" has use_dora, bias or modules_to_save, which training does not support; inference and merging do.", nameof(config));
        foreach (var target in LoraTarget.Of(config, model.Select(parameter => (parameter.Name, parameter.Shape))))
        {
            var a = Added(parameters, target.NameOfA, target.Rank, target.In);
            var b = Added(parameters, target.NameOfB, target.Out, target.Rank);
            _products.Add((target, parameters[target.Holder], new LowRank(a, b, (float)target.Scaling, (float)config.LoraDropout)));
        }

        if (_products.Count == 0) throw new ArgumentException($"The adapter \"{name}\" matches no weight of the model: {config.TargetModules}.", nameof(config));
    }

    /// <summary>Its name among the model's adapters.</summary>
    public string Name { get; }

    /// <summary>Its settings.</summary>
    public LoraConfig Config { get; }

    /// <summary>Its parameters with their names in peft's files, A before B, in the order of the model's weights.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters =>
        _products.SelectMany(product => new[] { (product.Target.NameOfA, product.Product.A), (product.Target.NameOfB, product.Product.B) });

    /// <summary>Number of elements.</summary>
    public long Count => Parameters.Sum(parameter => parameter.Parameter.Length);

    /// <summary>
    /// Initialises as peft does: A uniform within ±1/√in (Kaiming with a = √5), B zero, so that nothing changes at first. Values depend only on
    /// <paramref name="seed"/> and the names.
    /// </summary>
    public void Initialise(ulong seed)
    {
        foreach (var (target, _, product) in _products)
        {
            var random = new CounterRandom(seed, Initialisation.NameHash(target.NameOfA));
            var bound = 1 / Math.Sqrt(target.In);
            for (var r = 0; r < target.Rank; r++)
                foreach (ref var number in product.A.Value.Row(r)) number = (float)random.Uniform(-bound, bound);
            product.B.Value.Clear();
        }
    }

    /// <summary>Reads the tensors of a stored adapter.</summary>
    /// <exception cref="CheckpointException">Tensors are missing, have another shape, or belong to no weight of this adapter; names all of them.</exception>
    public void Read(AdapterFolder folder)
    {
        TensorCheck.Require(folder.Source, Parameters.Select(parameter => new ExpectedTensor(parameter.Name, [.. parameter.Parameter.Shape.Select(size => (long)size)])));
        foreach (var (name, parameter) in Parameters) folder.Source.ReadFloats(name, parameter.Value.Span);
    }

    /// <summary>Writes the adapter in peft's format, in float32, replacing an existing folder of that name.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void Save(string folder) => AdapterFolder.Write(folder, Config,
        Parameters.Select(parameter => NewTensor.Floats(parameter.Name, [.. parameter.Parameter.Shape.Select(size => (long)size)], parameter.Parameter.Value.Span.ToArray())));

    /// <summary>Attaches it to its weights or detaches it; its parameters are frozen while detached.</summary>
    internal void Use(bool on)
    {
        foreach (var (_, weight, product) in _products)
        {
            weight.Adapter = on ? product : null;
            product.A.Trained = product.B.Trained = on;
        }
    }

    // parameter names include the adapter's name, since several adapters of a model share the names in their files
    private Parameter Added(ParameterSet parameters, string name, int rows, int columns) =>
        (Parameter)parameters.Weights.Get($"{Name}:{name}", rows, columns);
}
