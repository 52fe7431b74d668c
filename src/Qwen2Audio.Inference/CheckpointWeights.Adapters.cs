using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference.Adapters;

namespace Qwen2Audio.Inference;

public sealed partial class CheckpointWeights
{
    private readonly List<LoadedAdapter> _adapters = [];
    private LoadedAdapter? _adapter;

    /// <summary>The adapters that these weights have.</summary>
    public IReadOnlyList<LoadedAdapter> Adapters => _adapters;

    /// <summary>The one in use; null: the checkpoint as it is. It may be changed between passes, with empty caches.</summary>
    /// <exception cref="ArgumentException">It belongs to other weights.</exception>
    public LoadedAdapter? Adapter
    {
        get => _adapter;
        set
        {
            if (value is not null && !_adapters.Contains(value)) throw new ArgumentException($"{value.Path} is no adapter of these weights.", nameof(value));
            _adapter?.Use(false);
            value?.Use(true);
            _adapter = value;
        }
    }

    /// <summary>
    /// Adds an adapter, without using it yet. Call it when the model has asked for all its weights. They own the adapter from now on.
    /// </summary>
    /// <param name="path">A folder in peft's form.</param>
    /// <exception cref="ConfigException">Its settings are damaged, not supported, or choose no weight of the model.</exception>
    /// <exception cref="CheckpointException">No such folder, or tensors that do not belong to the model; all are named.</exception>
    public LoadedAdapter AddAdapter(string path)
    {
        var folder = AdapterFolder.Open(path);
        try
        {
            var added = new LoadedAdapter(folder, _source, _weights);
            _adapters.Add(added);
            return added;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
