using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;

namespace Qwen2Audio.Inference.Adapters;

/// <summary>An adapter on the weights of a loaded model; see <see cref="CheckpointWeights.AddAdapter"/>.</summary>
public sealed class LoadedAdapter : IDisposable
{
    private readonly AdapterFolder _folder;
    private readonly List<(InferenceWeight Weight, InferenceLowRank Product)> _products = [];

    internal LoadedAdapter(AdapterFolder folder, IReadOnlyDictionary<string, InferenceWeight> weights)
    {
        _folder = folder;
        foreach (var target in folder.Targets(weights.Select(weight => (weight.Key, weight.Value.Shape))))
            _products.Add((weights[target.Weight], new InferenceLowRank(target, folder)));
    }

    /// <summary>The folder that it came from.</summary>
    public string Path => _folder.Path;

    /// <summary>Its settings.</summary>
    public LoraConfig Config => _folder.Config;

    /// <summary>How many weights it changes.</summary>
    public int Count => _products.Count;

    /// <summary>Memory held by what was used so far, in bytes.</summary>
    public long Bytes => _products.Sum(product => product.Product.Bytes);

    /// <summary>Reads all its numbers once.</summary>
    /// <exception cref="CheckpointException">One is not finite; it is named.</exception>
    public void CheckWeights() => WeightScan.RequireFinite(_folder.Source);

    internal void Use(bool on)
    {
        foreach (var (weight, product) in _products) weight.Adapter = on ? product : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, product) in _products) product.Dispose();
        _folder.Dispose();
    }
}
