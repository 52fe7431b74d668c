using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Adapters;
using Qwen2Audio.Formats.Checkpoints;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Model.Qwen2;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Adapters;
using Qwen2Audio.Training.Losses;
using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Tests.Adapters;

/// <summary>A folder with a small mixture of experts in bfloat16.</summary>
internal sealed class TinyMoe : IDisposable
{
    private readonly TemporaryFolder _parent = new();

    public TinyMoe()
    {
        var json = ModelConfigWriter.Write(Config);
        RandomCheckpoint.Write(ConfigObject.Parse(json.ToJsonString(), "config.json"), Folder, DType.BF16, seed: 3);
    }

    public static Qwen2Config Config { get; } = TinyConfigs.Text with
    {
        VocabSize = 31,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        NumKeyValueHeads = 1,
        MaxPositionEmbeddings = 64,
        TieWordEmbeddings = false,
        MaxWindowLayers = 2,
        Moe = TinyConfigs.Experts with { NumExperts = 3, MoeIntermediateSize = 12, SharedExpertIntermediateSize = 20, NormTopkProb = true },
    };

    public string Folder => Path.Combine(_parent, "model");

    public void Dispose() => _parent.Dispose();
}

/// <summary>That model, frozen, with one adapter; its weights mapped or copied.</summary>
internal sealed class AdaptedMoe : IDisposable
{
    private static readonly int[] Ids = [3, 9, 27, 1, 1, 14, 30, 2, 8, 5, 5];
    private static readonly int[] Targets = [9, 27, 1, 1, 14, CrossEntropyLoss.LeftOut, 2, 8, 5, 5, 0];
    private readonly WorkerPool _pool = new(2);
    private readonly CheckpointFolder _folder;

    public AdaptedMoe(TinyMoe tiny, LoraConfig config, bool mapped, long widened = 100, int expertsPerToken = 2)
    {
        _folder = CheckpointFolder.Open(tiny.Folder);
        Model = new Qwen2Model(TinyMoe.Config with { Moe = TinyMoe.Config.Moe! with { NumExpertsPerTok = expertsPerToken } }, Parameters.Weights);
        Parameters.Freeze();
        Adapters = new LoraAdapters(Parameters);
        Adapter = Adapters.Add("default", config);
        Parameters.Allocate(_ => true, mapped ? _folder : null);
        if (!mapped)
            foreach (var parameter in Parameters.Parameters.Where(parameter => !parameter.Trained)) _folder.ReadFloats(parameter.Name, parameter.Value.Span);
        Adapter.Initialise(seed: 5);
        var random = new Random(4);
        foreach (var (name, parameter) in Adapter.Parameters)
            if (name.Contains("lora_B", StringComparison.Ordinal))
                foreach (ref var value in parameter.Value.Span) value = (float)(0.2 * (random.NextDouble() - 0.5));
        Adapters.Active = Adapter;
        Ops = new TrainingOps(_pool) { WidenedNumbers = widened };
    }

    public ParameterSet Parameters { get; } = new();

    public LoraAdapters Adapters { get; }

    public LoraAdapter Adapter { get; }

    public Qwen2Model Model { get; }

    public TrainingOps Ops { get; }

    /// <summary>The rows that enter the first layer in the latest step.</summary>
    public Variable? Embedded { get; private set; }

    public double Step()
    {
        Parameters.Gradients.Clear();
        Ops.Begin(seed: 8);
        Embedded = Model.Embed(Ops, Ids);
        var logits = Model.Logits(Ops, Model.Hidden(Ops, Embedded, Layout.Of(6, 5)));
        var loss = CrossEntropyLoss.Add(Ops, logits, Targets);
        loss += 0.5 * RouterLosses.AddBalance(Ops, Ops.RoutedLayers, coefficient: 0.5f);
        Ops.Backward();
        return loss;
    }

    public void Dispose()
    {
        Ops.Dispose();
        Parameters.Dispose();
        _folder.Dispose();
        _pool.Dispose();
    }
}
