using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Stored;

namespace Qwen2Audio.Inference;

/// <summary>
/// Weights of a checkpoint (stored as F32, F16, BF16 or F64). With <see cref="WeightStorage.Packed"/> an operator's first use widens
/// them to float32; with <see cref="WeightStorage.Stored"/> matrices are used where and as they are stored. The source must stay
/// open. What is missing or misshaped is collected, so that <see cref="ThrowIfIncomplete"/> lists all of it at once.
/// </summary>
public sealed partial class CheckpointWeights : IWeights, IDisposable
{
    private readonly ITensorSource _source;
    private readonly Dictionary<string, InferenceWeight> _weights = new(StringComparer.Ordinal);
    private readonly List<ExpectedTensor> _expected = [];
    private IReadOnlyList<string> _warnings = [];

    /// <summary>Reads from <paramref name="source"/>, which stays the caller's.</summary>
    public CheckpointWeights(ITensorSource source, WeightStorage storage = WeightStorage.Packed) => (_source, Storage) = (source, storage);

    /// <summary>How weights are held.</summary>
    public WeightStorage Storage { get; }

    /// <summary>What a user should know of the checkpoint and of the adapter in use, once the model has asked for all its weights.</summary>
    public IReadOnlyList<string> Warnings => [.. _warnings, .. _adapter?.Warnings ?? []];

    /// <summary>Tensors of the checkpoint that no model asked for, by name.</summary>
    public IReadOnlyList<string> Unused =>
        [.. _source.Tensors.Keys.Where(name => !_weights.ContainsKey(name)).Order(StringComparer.Ordinal)];

    /// <summary>Memory held by weights that were used so far, in bytes.</summary>
    public long Bytes => _weights.Values.Sum(weight => weight.Bytes) + _adapters.Sum(adapter => adapter.Bytes);

    /// <summary>Numbers of the weights whose names begin with <paramref name="prefix"/>.</summary>
    public long CountBelow(string prefix) => Below(prefix).Sum(tensor => tensor.Count);

    /// <summary>Stored bytes of the weights whose names begin with <paramref name="prefix"/>.</summary>
    public long BytesBelow(string prefix) => Below(prefix).Sum(tensor => tensor.ByteLength);

    private IEnumerable<TensorInfo> Below(string prefix) =>
        _weights.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => _source.Tensors[name]);

    /// <inheritdoc/>
    public IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        if (_weights.TryGetValue(name, out var known))
        {
            return shape.SequenceEqual([.. known.Shape]) ? known
                : throw new InvalidOperationException($"{name} is asked for as {string.Join(" × ", shape.ToArray())} and as {string.Join(" × ", known.Shape)}.");
        }

        _expected.Add(new ExpectedTensor(name, Array.ConvertAll(shape.ToArray(), size => (long)size)));
        var weight = new InferenceWeight(name, shape, matrix => _source.ReadMatrix(name, matrix), MapOf(name, shape));
        _weights.Add(name, weight);
        return weight;
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _source.Tensors.ContainsKey(name);

    /// <inheritdoc/>
    public IWeights Sub(string prefix) => new Prefixed(this, prefix + ".");

    /// <summary>Call it when the model has asked for all its weights.</summary>
    /// <exception cref="CheckpointException">
    /// Weights are missing, have another shape or no floating-point type, or there are tensors that the model does not have (its
    /// configuration is that of another model); all of them are named.
    /// </exception>
    public void ThrowIfIncomplete()
    {
        TensorCheck.Require(_source, _expected, HarmlessTensors.Contains);
        if (_source is CheckpointFolder folder) _warnings = ModelCheck.Warnings(folder, folder.Config);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var adapter in _adapters) adapter.Dispose();
        foreach (var weight in _weights.Values) weight.Dispose();
    }

    /// <summary>A way to the stored numbers of a matrix of a type that products know; null for other weights.</summary>
    private Func<StoredMatrix>? MapOf(string name, ReadOnlySpan<int> shape)
    {
        if (Storage != WeightStorage.Stored || shape.Length != 2 || !_source.Tensors.TryGetValue(name, out var tensor)) return null;
        var (rows, columns) = (shape[0], shape[1]);
        return tensor.DType.Stored() is null ? null : () => _source.MapMatrix(name, rows, columns);
    }

    private sealed class Prefixed(CheckpointWeights weights, string prefix) : IWeights
    {
        public IWeight Get(string name, params ReadOnlySpan<int> shape) => weights.Get(prefix + name, shape);

        public bool Contains(string name) => weights.Contains(prefix + name);

        public IWeights Sub(string below) => new Prefixed(weights, $"{prefix}{below}.");
    }
}
