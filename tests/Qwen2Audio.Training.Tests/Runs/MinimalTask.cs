using Qwen2Audio.Formats.Files;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>A minimal task: each stage moves a vector towards a target, and any failure can be triggered.</summary>
internal sealed class MinimalTask : TrainingTask
{
    private readonly WorkerPool _pool = new(1);
    private readonly List<Parameter> _lines = [];
    private long _step;

    private readonly int _width;

    public MinimalTask(int steps = 10, double rate = 0.1, params string[] stages)
        : this(4, steps, rate, stages)
    {
    }

    private MinimalTask(int width, int steps, double rate, string[] stages)
    {
        (_width, TotalSteps, Rate) = (width, steps, rate);
        Stages = [.. (stages.Length == 0 ? [""] : stages).Select(Stage)];
        Conditions = RunConditions.Of(new { Rate = rate });
    }

    public static MinimalTask Wide(int width) => new(width, 10, 0.1, []);

    public double Rate { get; }

    /// <summary>The gradient's factor in a step; NaN and infinity are allowed.</summary>
    public Func<long, float> Factor { get; init; } = _ => 1;

    /// <summary>As <see cref="Factor"/>, also by the stage.</summary>
    public Func<long, int, float> StageFactor { get; init; } = (_, _) => 1;

    /// <summary>What it is measured on.</summary>
    public string On { get; init; } = "";

    /// <summary>Added to every loss, without a gradient.</summary>
    public double Base { get; init; }

    /// <summary>Called when a checkpoint is written.</summary>
    public Action Writing { get; set; } = () => { };

    public float[] Values => [.. _lines.SelectMany(line => line.Value.Span.ToArray())];

    internal override IReadOnlyList<TrainingStage> Stages { get; }

    internal override long TotalSteps { get; }

    internal override RunConditions Conditions { get; }

    internal override string MeasuredOn => On;

    internal override StepData Begin(long step)
    {
        _step = step;
        return new StepData(4, 0, [$"sample {step}"]);
    }

    internal override StepLosses Compute(int stage)
    {
        var (loss, line) = (0.0, _lines[stage]);
        // a later stage is pulled to where the one before it is by now
        var target = stage == 0 ? [1, 2, 3, 4] : _lines[stage - 1].Value.Span.ToArray();
        for (var i = 0; i < _width; i++)
        {
            var difference = line.Value.Span[i] - target[i % target.Length];
            loss += 0.5 * difference * difference;
            line.Gradient.Span[i] += difference * Factor(_step) * StageFactor(_step, stage);
        }

        loss = (loss + Base) * Factor(_step) * StageFactor(_step, stage);
        return new StepLosses(loss, [new("distance", loss, 1)]);
    }

    internal override double LearningRate(int stage) => Rate;

    internal override void WriteModel(string folder)
    {
        Writing();
        AtomicFile.Write(Path.Combine(folder, "line.txt"), new byte[] { 1 });
    }

    public override void Dispose()
    {
        foreach (var stage in Stages) stage.Parameters.Dispose();
        _pool.Dispose();
    }

    private TrainingStage Stage(string name)
    {
        var parameters = new ParameterSet();
        _lines.Add((Parameter)parameters.Weights.Get("line", _width));
        parameters.Allocate(_ => true);
        return new TrainingStage(name, parameters, new AdamWOptimizer(parameters, new AdamWOptions(WeightDecay: 0, MaxGradientNorm: 0), _pool));
    }
}
