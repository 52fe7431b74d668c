using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Adapters;

namespace Qwen2Audio.Inference;

public sealed partial class CheckpointWeights
{
    private readonly List<LoadedAdapter> _adapters = [];
    private LoadedAdapter? _adapter;

    /// <summary>The adapter in use; null: the checkpoint alone. Change it only between passes, with empty caches.</summary>
    /// <exception cref="ArgumentException">The adapter belongs to other weights.</exception>
    public LoadedAdapter? Adapter
    {
        get => _adapter;
        set
        {
            if (value is not null && !_adapters.Contains(value)) throw new ArgumentException($"{value.Path} is not an adapter of these weights.", nameof(value));
            _adapter?.Use(false);
            value?.Use(true);
            _adapter = value;
        }
    }

    /// <summary>
    /// Adds an adapter but does not use it yet. Call it after the model has requested all its weights. Takes ownership of the adapter.
    /// </summary>
    /// <param name="path">A folder in peft's format.</param>
    /// <exception cref="ConfigException">Its settings are damaged or not supported, or match no weight of the model.</exception>
    /// <exception cref="CheckpointException">The folder does not exist, or tensors do not belong to the model; names all of them.</exception>
    public LoadedAdapter AddAdapter(string path)
    {
        var added = Ownership.Pass(AdapterFolder.Open(path), folder => new LoadedAdapter(folder, _source, _weights));
        _adapters.Add(added);
        return added;
    }
}
