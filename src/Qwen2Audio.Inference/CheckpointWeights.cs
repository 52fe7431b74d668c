using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Inference;

/// <summary>
/// Weights of a checkpoint (stored as F32, F16, BF16 or F64). With <see cref="WeightStorage.Packed"/> weights are widened to float32
/// on first use; with <see cref="WeightStorage.Stored"/> matrices are read in place in their stored type. The source must stay
/// open. Missing or misshaped tensors are collected, so that <see cref="ThrowIfIncomplete"/> lists all of them at once.
/// </summary>
public sealed partial class CheckpointWeights : IWeights, IDisposable
{
    private readonly ITensorSource _source;
    private readonly Dictionary<string, InferenceWeight> _weights = new(StringComparer.Ordinal);
    private readonly List<ExpectedTensor> _expected = [];
    private IReadOnlyList<string> _warnings = [];

    /// <summary>Reads from <paramref name="source"/>, which the caller keeps and disposes.</summary>
    public CheckpointWeights(ITensorSource source, WeightStorage storage = WeightStorage.Packed) => (_source, Storage) = (source, storage);

    /// <summary>How weights are held.</summary>
    public WeightStorage Storage { get; }

    /// <summary>Warnings about the checkpoint and the adapter in use. Complete once the model has requested all its weights.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings, .. _adapter?.Warnings ?? []];

    /// <summary>Number of elements in weights whose names begin with <paramref name="prefix"/>.</summary>
    public long CountBelow(string prefix) => Below(prefix).Sum(tensor => tensor.Count);

    /// <summary>Stored bytes of weights whose names begin with <paramref name="prefix"/>.</summary>
    public long BytesBelow(string prefix) => Below(prefix).Sum(tensor => tensor.ByteLength);

    private IEnumerable<TensorInfo> Below(string prefix) =>
        _weights.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => _source.Tensors[name]);

    public IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        if (_weights.TryGetValue(name, out var known))
        {
            return shape.SequenceEqual([.. known.Shape]) ? known
                : throw new InvalidOperationException($"{name} was requested with shape {string.Join(" × ", shape.ToArray())} and as {string.Join(" × ", known.Shape)}.");
        }

        _expected.Add(new ExpectedTensor(name, Array.ConvertAll(shape.ToArray(), size => (long)size)));
        var weight = new InferenceWeight(name, shape, matrix => _source.ReadMatrix(name, matrix), MapOf(name, shape));
        _weights.Add(name, weight);
        return weight;
    }

    public bool Contains(string name) => _source.Tensors.ContainsKey(name);

    public IWeights Sub(string prefix) => new PrefixedWeights(this, prefix);

    /// <summary>Call it after the model has requested all its weights.</summary>
    /// <exception cref="CheckpointException">
    /// Weights are missing, have the wrong shape or no floating-point type, or the checkpoint has tensors that the model does not use
    /// (its configuration belongs to another model). Names all of them.
    /// </exception>
    public void ThrowIfIncomplete()
    {
        TensorCheck.Require(_source, _expected, IgnoredTensors.Contains);
        if (_source is ModelSource model) _warnings = ModelCheck.Warnings(model);
    }

    public void Dispose()
    {
        foreach (var adapter in _adapters) adapter.Dispose();
        foreach (var weight in _weights.Values) weight.Dispose();
    }

    /// <summary>Returns the stored data of a matrix if products support its type; null for other weights.</summary>
    private Func<StoredMatrix>? MapOf(string name, ReadOnlySpan<int> shape)
    {
        if (!_source.Tensors.TryGetValue(name, out var tensor) || !WeightMemory.IsInPlace(Storage, tensor.DType, shape.Length)) return null;
        var (rows, columns) = (shape[0], shape[1]);
        return () => _source.MapMatrix(name, rows, columns);
    }
}
