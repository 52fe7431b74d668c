using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Inference.Adapters;

/// <summary>An adapter on the weights of a loaded model; see <see cref="CheckpointWeights.AddAdapter"/>.</summary>
public sealed class LoadedAdapter : IDisposable
{
    private readonly AdapterFolder _folder;
    private readonly List<(InferenceWeight Weight, InferenceWeight Replacement, WeightUses Uses)> _whole = [];
    private readonly List<(InferenceWeight Weight, InferenceLowRank Product)> _products = [];

    internal LoadedAdapter(AdapterFolder folder, ITensorSource model, IReadOnlyDictionary<string, InferenceWeight> weights)
    {
        _folder = folder;
        var source = folder.Source;
        var changes = folder.Changes(model, weights.Select(weight => (weight.Key, weight.Value.Shape)));
        Warnings = changes.Warnings;
        foreach (var (holder, tensor, uses) in changes.Whole)
            _whole.Add((weights[holder], new InferenceWeight(tensor, [.. weights[holder].Shape], matrix => source.ReadFloats(tensor, matrix.Span, 0)), uses));
        foreach (var target in changes.Targets)
        {
            var (multiplied, tensor) = (weights[target.Holder], changes.Whole.FirstOrDefault(whole => whole.Holder == target.Holder && whole.Uses.HasFlag(WeightUses.Products))?.Tensor);
            if (tensor is not null) multiplied = _whole.Find(whole => whole.Replacement.Name == tensor).Replacement;
            _products.Add((multiplied, new InferenceLowRank(target, source, tensor is null
                ? (numbers, start) => model.ReadFloats(target.Holder, numbers, start) : (numbers, start) => source.ReadFloats(tensor, numbers, start))));
        }
    }

    /// <summary>The adapter's folder.</summary>
    public string Path => _folder.Path;

    /// <summary>Warnings that a user should see together with the result.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads all its tensors once and checks that they are finite.</summary>
    /// <exception cref="CheckpointException">A tensor has a number that is not finite; names it.</exception>
    public void CheckWeights() => WeightScan.RequireFinite(_folder.Source);

    internal void Use(bool on)
    {
        foreach (var (weight, replacement, uses) in _whole)
        {
            if (uses.HasFlag(WeightUses.Products)) weight.Replacement = on ? replacement : null;
            if (uses.HasFlag(WeightUses.Rows)) weight.RowReplacement = on ? replacement : null;
        }

        foreach (var (weight, product) in _products) weight.Adapter = on ? product : null;
    }

    public void Dispose()
    {
        foreach (var (_, product) in _products) product.Dispose();
        foreach (var (_, replacement, _) in _whole) replacement.Dispose();
        _folder.Dispose();
    }
}
