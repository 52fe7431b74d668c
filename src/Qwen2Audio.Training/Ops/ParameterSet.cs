using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Training.Ops;

/// <summary>
/// All parameters of a model. The trained ones lie in four flat blocks (values, gradients, Adam's two moments), so that clearing,
/// clipping, updating and saving are passes over memory; those that decay lie before those that do not. What is frozen before
/// <see cref="Allocate"/> has values alone, outside of the blocks. A model asks <see cref="Weights"/> for its weights while it is built;
/// then <see cref="Allocate"/> gives them storage.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    private const int Alignment = 16;
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _parameters = [];
    private readonly List<NativeBuffer> _blocks = [];
    private bool _isLaidOut;
    private List<Parameter> _laidOut = [];

    /// <summary>Where a model asks for its weights; each name becomes a parameter at its first request.</summary>
    public IWeights Weights => new Source(this, "");

    /// <summary>The parameters, in the order in which the model asked for them.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>All values of the flat blocks as one row, gaps for alignment (zeros) included.</summary>
    public Matrix Values { get; private set; }

    /// <summary>All gradients, laid out as <see cref="Values"/>.</summary>
    public Matrix Gradients { get; private set; }

    /// <summary>Adam's first moments.</summary>
    public Matrix FirstMoments { get; private set; }

    /// <summary>Adam's second moments.</summary>
    public Matrix SecondMoments { get; private set; }

    /// <summary>Where the parameters without weight decay begin in the flat blocks.</summary>
    public int DecayEnd { get; private set; }

    /// <summary>Numbers of all parameters, each counted once.</summary>
    public long Count => _parameters.Sum(parameter => parameter.Length);

    /// <summary>Numbers of those that are trained.</summary>
    public long TrainedCount => _parameters.Where(parameter => parameter.Trained).Sum(parameter => parameter.Length);

    /// <summary>The parameter of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out var parameter) ? parameter
        : throw new KeyNotFoundException($"There is no parameter \"{name}\".");

    /// <summary>Freezes every parameter that there is so far.</summary>
    public void Freeze()
    {
        foreach (var parameter in _parameters) parameter.Trained = false;
    }

    /// <summary>Gives every parameter its storage, zeroed, but for the frozen ones when a source of theirs is given.</summary>
    /// <param name="decays">Which ones weight decay applies to.</param>
    /// <param name="frozenFrom">
    /// Where the frozen ones come from: matrices stay mapped in their stored type, others are read. It must stay open as long as this set.
    /// </param>
    /// <exception cref="CheckpointException">Frozen parameters are missing from the source, or have another shape; all are named.</exception>
    public void Allocate(Predicate<Parameter> decays, ITensorSource? frozenFrom = null)
    {
        if (_isLaidOut) throw new InvalidOperationException("The parameters have their storage already.");
        var frozen = _parameters.Where(parameter => !parameter.Trained).ToList();
        if (frozenFrom is not null) TensorCheck.Require(frozenFrom, frozen.Select(Expected), _ => true);
        var ordered = _parameters.Where(parameter => parameter.Trained).OrderBy(parameter => decays(parameter) ? 0 : 1).ToList(); // stable
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

    /// <summary>Reads every parameter that is not frozen and that the source has.</summary>
    /// <exception cref="CheckpointException">One has another shape; all are named.</exception>
    public void ReadTrained(ITensorSource source)
    {
        var known = _parameters.Where(parameter => !parameter.IsFixed && source.Tensors.ContainsKey(parameter.Name)).ToList();
        TensorCheck.Require(source, known.Select(Expected), _ => true);
        foreach (var parameter in known) source.ReadMatrix(parameter.Name, parameter.Value);
    }

    /// <summary>
    /// The stretches of the flat blocks from <paramref name="from"/> to <paramref name="end"/> that belong to trained parameters, those that
    /// touch joined to one. Both bounds lie between parameters.
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

    /// <summary>Where the gradients of the trained parameters lie in the flat block, in its order, gaps for alignment included.</summary>
    internal IEnumerable<(Parameter Parameter, int Start, int Count)> GradientRanges() =>
        _laidOut.Where(parameter => parameter.Trained).Select(parameter => (parameter, parameter.Offset, (int)Padded(parameter)));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
        _blocks.Clear();
    }

    private static ExpectedTensor Expected(Parameter parameter) => new(parameter.Name, [.. parameter.Shape.Select(size => (long)size)]);

    private static long Padded(Parameter parameter) => (parameter.Length + Alignment - 1) / Alignment * Alignment;

    private Parameter Get(string name, ReadOnlySpan<int> shape)
    {
        if (_byName.TryGetValue(name, out var known))
        {
            if (!shape.SequenceEqual(known.Shape.ToArray()))
                throw new InvalidOperationException($"{name} is asked for with two shapes.");
            return known;
        }

        if (_isLaidOut) throw new InvalidOperationException($"{name} is asked for after the storage was laid out.");
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
