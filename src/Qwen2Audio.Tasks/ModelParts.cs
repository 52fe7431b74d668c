using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks;

/// <summary>What every loaded model has: checked weights, an optional adapter, operators, and a gate for its callers.</summary>
internal sealed class ModelParts<TModel> : IDisposable
    where TModel : ILoadedModel
{
    private const long CheckedBytes = 256L << 20; // read in a fraction of a second
    private readonly SharedWorkers? _workers; // null: those of the whole model

    /// <summary>Takes ownership of the model, even when it fails.</summary>
    /// <exception cref="CheckpointException">Weights are not finite, or an adapter's tensors do not belong to the model; names all of them.</exception>
    /// <exception cref="ConfigException">The adapter's settings are damaged or not supported, or match no weight of the model.</exception>
    public ModelParts(TModel model, ModelLoadOptions options)
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
        Threads = _workers.Pool.Threads;
    }

    private ModelParts(TModel model, InferenceOps ops, ModelGate gate, int threads) => (Model, Ops, Gate, Threads) = (model, ops, gate, threads);

    /// <summary>The model and its weights.</summary>
    public TModel Model { get; }

    /// <summary>The operators.</summary>
    public InferenceOps Ops { get; }

    /// <summary>Lets callers take turns.</summary>
    public ModelGate Gate { get; }

    /// <summary>Number of computing threads.</summary>
    public int Threads { get; }

    /// <summary>Warnings about the weights and the adapter in use.</summary>
    public IReadOnlyList<TaskWarning> Warnings => [.. Model.Weights.Warnings.Select(text => new TaskWarning("model", text))];

    /// <summary>A part of the whole, with its operators and gate: valid until the whole is disposed of, and disposing of the part does nothing.</summary>
    public static ModelParts<TModel> Of<TWhole>(TModel part, ModelParts<TWhole> whole)
        where TWhole : ILoadedModel => new(part, whole.Ops, whole.Gate, whole.Threads);

    /// <summary>Waits for running calls, then disposes of everything; later callers are rejected.</summary>
    public void Close()
    {
        if (_workers is not null) Gate.Close(Dispose);
    }

    public void Dispose()
    {
        if (_workers is null) return;
        Ops.Dispose();
        _workers.Dispose();
        Model.Dispose();
    }
}
