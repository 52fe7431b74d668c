using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Training.Adapters;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Golden.Tests;

/// <summary>The frozen base of a recording, its weights mapped or copied, with some of the recorded adapters; the first is active.</summary>
internal sealed class AdaptedModel : IDisposable
{
    private readonly CheckpointFolder _base;
    private readonly Qwen2Model _model;

    public AdaptedModel(LoraRecording recorded, bool mapped, params string[] adapters)
    {
        _base = CheckpointFolder.Open(recorded.Base);
        _model = new Qwen2Model(ModelConfigReader.ReadQwen2(_base.Config), Parameters.Weights);
        Parameters.Freeze();
        Adapters = new LoraAdapters(Parameters);
        foreach (var name in adapters)
        {
            using var folder = recorded.Adapter(name);
            Adapters.Add(name, folder.Config);
        }

        Parameters.Allocate(_ => true, mapped ? _base : null);
        if (!mapped)
            foreach (var parameter in Parameters.Parameters.Where(parameter => !parameter.Trained)) _base.ReadFloats(parameter.Name, parameter.Value.Span);
        foreach (var adapter in Adapters.All)
        {
            using var folder = recorded.Adapter(adapter.Name);
            adapter.Read(folder);
        }

        Adapters.Active = Adapters.All[0];
        Ops = new TrainingOps(Pool);
    }

    public WorkerPool Pool { get; } = new(2);

    public ParameterSet Parameters { get; } = new();

    public LoraAdapters Adapters { get; }

    public TrainingOps Ops { get; }

    public Variable Logits(int[] ids, Layout rows)
    {
        Ops.Begin();
        return _model.Logits(Ops, _model.Hidden(Ops, _model.Embed(Ops, ids), rows));
    }

    public void Dispose()
    {
        Ops.Dispose();
        Parameters.Dispose();
        _base.Dispose();
        Pool.Dispose();
    }
}
