using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// All parameters of a model. The trained ones lie in four flat blocks (values, gradients, Adam's two moments), so that clearing,
/// clipping, updating and saving are linear passes; parameters that decay come first. Those frozen before
/// <see cref="Allocate"/> have only values, outside the blocks. A model requests its weights from <see cref="Weights"/> while it is built;
/// then <see cref="Allocate"/> gives them storage.
/// </summary>
internal sealed class ParameterSet : IDisposable
{
    private const int Alignment = 16;
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _parameters = [];
    private readonly List<NativeBuffer> _blocks = [];
    private bool _isLaidOut;
    private List<Parameter> _laidOut = [];

    /// <summary>The source from which a model requests its weights; each name becomes a parameter on first request.</summary>
    public IWeights Weights => new Source(this, "");

    /// <summary>The parameters, in the order of the model's requests.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>All trained values as one row, including alignment gaps (zeros).</summary>
    public Matrix Values { get; private set; }

    /// <summary>All gradients, laid out like <see cref="Values"/>.</summary>
    public Matrix Gradients { get; private set; }

    /// <summary>Adam's first moments.</summary>
    public Matrix FirstMoments { get; private set; }

    /// <summary>Adam's second moments.</summary>
    public Matrix SecondMoments { get; private set; }

    /// <summary>Offset of the first parameter without weight decay in the flat blocks.</summary>
    public int DecayEnd { get; private set; }

    /// <summary>Number of elements of all parameters.</summary>
    public long Count => _parameters.Sum(parameter => parameter.Length);

    /// <summary>Number of elements of the trained parameters.</summary>
    public long TrainedCount => _parameters.Where(parameter => parameter.Trained).Sum(parameter => parameter.Length);

    /// <summary>The parameter with this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out var parameter) ? parameter
        : throw new KeyNotFoundException($"There is no parameter \"{name}\".");

    /// <summary>Freezes every parameter requested so far.</summary>
    public void Freeze()
    {
        foreach (var parameter in _parameters) parameter.Trained = false;
    }

    /// <summary>Allocates zeroed storage for every parameter, except frozen ones if their source is given.</summary>
    /// <param name="decays">The parameters with weight decay.</param>
    /// <param name="frozenFrom">
    /// Source of the frozen parameters: matrices stay mapped in their stored type, others are read. It must stay open as long as this set.
    /// </param>
    /// <exception cref="CheckpointException">Frozen parameters are missing from the source or have another shape; names all of them.</exception>
    public void Allocate(Predicate<Parameter> decays, ITensorSource? frozenFrom = null)
    {
        if (_isLaidOut) throw new InvalidOperationException("The parameters already have storage.");
        var frozen = _parameters.Where(parameter => !parameter.Trained).ToList();
        if (frozenFrom is not null) TensorCheck.Require(frozenFrom, frozen.Select(Expected), _ => true);
        var ordered = _parameters.Where(parameter => parameter.Trained).OrderBy(parameter => decays(parameter) ? 0 : 1).ToList(); // a stable sort
        var total = checked((int)ordered.Sum(Padded));
        DecayEnd = (int)ordered.Where(parameter => decays(parameter)).Sum(Padded);
        _isLaidOut = true;
        for (var i = 0; i < 4; i++) _blocks.Add(new NativeBuffer(total));
        Values = _blocks[0].Matrix(1, total);
        Gradients = _blocks[1].Matrix(1, total);
        FirstMoments = _blocks[2].Matrix(1, total);
        SecondMoments = _blocks[3].Matrix(1, total);
        long offset = 0;
        _laidOut = ordered;
        foreach (var parameter in ordered)
        {
            parameter.Offset = (int)offset;
            parameter.Value = _blocks[0].Matrix(parameter.Rows, parameter.Columns, offset);
            parameter.Gradient = _blocks[1].Matrix(parameter.Rows, parameter.Columns, offset);
            offset += Padded(parameter);
        }

        foreach (var parameter in frozen)
            if (FrozenStorage.Place(parameter, frozenFrom) is { } block) _blocks.Add(block);
    }

    /// <summary>Reads every trained parameter that the source has.</summary>
    /// <exception cref="CheckpointException">Parameters have another shape; names all of them.</exception>
    public void ReadTrained(ITensorSource source)
    {
        var known = _parameters.Where(parameter => !parameter.IsFixed && source.Tensors.ContainsKey(parameter.Name)).ToList();
        TensorCheck.Require(source, known.Select(Expected), _ => true);
        foreach (var parameter in known) source.ReadMatrix(parameter.Name, parameter.Value);
    }

    /// <summary>
    /// The ranges of the flat blocks between <paramref name="from"/> and <paramref name="end"/> that hold trained parameters, adjacent ones
    /// merged. Both bounds lie between parameters.
    /// </summary>
    internal IEnumerable<(int Start, int Count)> TrainedRanges(int from, int end)
    {
        var (start, reached) = (from, from);
        foreach (var parameter in _laidOut)
        {
            if (!parameter.Trained || parameter.Offset < from || parameter.Offset >= end) continue;
            if (parameter.Offset != reached)
            {
                if (reached > start) yield return (start, reached - start);
                start = parameter.Offset;
            }

            reached = parameter.Offset + (int)Padded(parameter);
        }

        if (reached > start) yield return (start, reached - start);
    }

    /// <summary>Offsets of the trained parameters' gradients in the flat block, in order, including alignment gaps.</summary>
    internal IEnumerable<(Parameter Parameter, int Start, int Count)> GradientRanges() =>
        _laidOut.Where(parameter => parameter.Trained).Select(parameter => (parameter, parameter.Offset, (int)Padded(parameter)));

    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
        _blocks.Clear();
    }

    /// <summary>A parameter as a tensor of a file.</summary>
    internal static ExpectedTensor Expected(Parameter parameter) => new(parameter.Name, [.. parameter.Shape.Select(size => (long)size)]);

    private static long Padded(Parameter parameter) => (parameter.Length + Alignment - 1) / Alignment * Alignment;

    private Parameter Get(string name, ReadOnlySpan<int> shape)
    {
        if (_byName.TryGetValue(name, out var known))
        {
            if (!shape.SequenceEqual(known.Shape.ToArray()))
                throw new InvalidOperationException($"{name} was requested with two shapes.");
            return known;
        }

        if (_isLaidOut) throw new InvalidOperationException($"{name} was requested after storage was allocated.");
        var parameter = new Parameter(name, shape.ToArray());
        _byName.Add(name, parameter);
        _parameters.Add(parameter);
        return parameter;
    }

    private sealed class Source(ParameterSet set, string prefix) : IWeights
    {
        public IWeight Get(string name, params ReadOnlySpan<int> shape) => set.Get(prefix + name, shape);

        public bool Contains(string name) => true;

        public IWeights Sub(string name) => new Source(set, prefix + name + ".");
    }
}
