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
            throw new ArgumentException($"The adapter \"{name}\" asks for use_dora, bias or modules_to_save, which are not trained here; inference and merging know them.", nameof(config));
        foreach (var target in LoraTarget.Of(config, model.Select(parameter => (parameter.Name, parameter.Shape))))
        {
            var a = Added(parameters, target.NameOfA, target.Rank, target.In);
            var b = Added(parameters, target.NameOfB, target.Out, target.Rank);
            _products.Add((target, parameters[target.Holder], new LowRank(a, b, (float)target.Scaling, (float)config.LoraDropout)));
        }

        if (_products.Count == 0) throw new ArgumentException($"The adapter \"{name}\" chooses no weight of the model: {config.TargetModules}.", nameof(config));
    }

    /// <summary>What it is called among the adapters of the model.</summary>
    public string Name { get; }

    /// <summary>Its settings.</summary>
    public LoraConfig Config { get; }

    /// <summary>Its parameters with their names in peft's files, A before B, in the order of the model's weights.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> Parameters =>
        _products.SelectMany(product => new[] { (product.Target.NameOfA, product.Product.A), (product.Target.NameOfB, product.Product.B) });

    /// <summary>How many numbers it has.</summary>
    public long Count => Parameters.Sum(parameter => parameter.Parameter.Length);

    /// <summary>
    /// Starting values as peft's: A even within ±1/√in (Kaiming with a = √5), B zero, so that nothing changes at first. They depend on
    /// <paramref name="seed"/> and each name alone.
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

    /// <summary>Takes the numbers of a stored adapter.</summary>
    /// <exception cref="CheckpointException">Tensors are missing, of another shape, or belong to no weight of this adapter; all are named.</exception>
    public void Read(AdapterFolder folder)
    {
        TensorCheck.Require(folder.Source, Parameters.Select(parameter => new ExpectedTensor(parameter.Name, [.. parameter.Parameter.Shape.Select(size => (long)size)])));
        foreach (var (name, parameter) in Parameters) folder.Source.ReadFloats(name, parameter.Value.Span);
    }

    /// <summary>Writes it in peft's form, in float32; a folder of that name is replaced as a whole.</summary>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public void Save(string folder) => AdapterFolder.Write(folder, Config,
        Parameters.Select(parameter => NewTensor.Floats(parameter.Name, [.. parameter.Parameter.Shape.Select(size => (long)size)], parameter.Parameter.Value.Span.ToArray())));

    /// <summary>Puts it on its weights, or takes it off; while it is off its parameters are frozen.</summary>
    internal void Use(bool on)
    {
        foreach (var (_, weight, product) in _products)
        {
            weight.Adapter = on ? product : null;
            product.A.Trained = product.B.Trained = on;
        }
    }

    // the names of several adapters of one model must differ; in files they are the same
    private Parameter Added(ParameterSet parameters, string name, int rows, int columns) =>
        (Parameter)parameters.Weights.Get($"{Name}:{name}", rows, columns);
}
