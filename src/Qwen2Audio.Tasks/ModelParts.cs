using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>What every loaded model has: weights that were checked, the adapter that options name, operators, and callers who take turns.</summary>
internal sealed class ModelParts : IDisposable
{
    private const long CheckedBytes = 256L << 20; // what is read in a fraction of a second
    private readonly SharedWorkers _workers;

    /// <summary>Owns the model from now on, also when it fails.</summary>
    /// <exception cref="CheckpointException">Weights that are not finite, or an adapter's tensors that do not belong to the model; all are named.</exception>
    /// <exception cref="ConfigException">The adapter's settings are damaged, not supported, or choose no weight of the model.</exception>
    public ModelParts(LoadedModel model, ModelLoadOptions options)
    {
        Model = model;
        try
        {
            if (options.CheckWeights ?? model.StoredBytes < CheckedBytes) model.CheckWeights();
            if (options.Adapter is { } path)
            {
                var adapter = model.Weights.AddAdapter(path);
                if (options.CheckWeights != false) adapter.CheckWeights();
                model.Weights.Adapter = adapter;
            }

            _workers = SharedWorkers.Of(options.Threads);
        }
        catch
        {
            model.Dispose();
            throw;
        }

        Ops = new InferenceOps(_workers.Pool);
        Gate = new ModelGate(_workers.Turns, Ops);
    }

    /// <summary>The model and its weights.</summary>
    public LoadedModel Model { get; }

    /// <summary>What it computes with.</summary>
    public InferenceOps Ops { get; }

    /// <summary>The callers.</summary>
    public ModelGate Gate { get; }

    /// <summary>Threads that compute.</summary>
    public int Threads => _workers.Pool.Threads;

    /// <summary>What a user should know of the weights and of the adapter in use.</summary>
    public IReadOnlyList<TaskWarning> Warnings => [.. Model.Weights.Warnings.Select(text => new TaskWarning("model", text))];

    /// <inheritdoc/>
    public void Dispose()
    {
        Ops.Dispose();
        _workers.Dispose();
        Model.Dispose();
    }
}
