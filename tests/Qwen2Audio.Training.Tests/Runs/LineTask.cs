using Qwen2Audio.Formats;
using Qwen2Audio.Numerics;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.Runs;

/// <summary>The smallest task there is: one vector that is pulled to a target, with everything that can go wrong on request.</summary>
internal sealed class LineTask : ITrainingTask
{
    private readonly WorkerPool _pool = new(1);
    private readonly ParameterSet _parameters = new();
    private readonly Parameter _line;
    private readonly AdamWOptimizer _optimizer;
    private long _step;

    public LineTask(int steps = 10, double rate = 0.1)
    {
        (TotalSteps, Rate) = (steps, rate);
        _line = (Parameter)_parameters.Weights.Get("line", 4);
        _parameters.Allocate(_ => true);
        _optimizer = new AdamWOptimizer(_parameters, new AdamWOptions(WeightDecay: 0, MaxGradientNorm: 0), _pool);
        Stages = [new TrainingStage("", _parameters, _optimizer)];
        Conditions = RunConditions.Of(new { Rate = rate });
    }

    public double Rate { get; }

    /// <summary>The gradient's factor in a step; NaN and infinity are allowed.</summary>
    public Func<long, float> Factor { get; init; } = _ => 1;

    /// <summary>Called when a checkpoint is written.</summary>
    public Action Writing { get; set; } = () => { };

    public float[] Values => _line.Value.Span.ToArray();

    public IReadOnlyList<TrainingStage> Stages { get; }

    public long TotalSteps { get; }

    public RunConditions Conditions { get; }

    public StepData Begin(long step)
    {
        _step = step;
        return new StepData(4, 0, [$"sample {step}"]);
    }

    public StepLosses Compute(int stage)
    {
        var loss = 0.0;
        for (var i = 0; i < 4; i++)
        {
            var difference = _line.Value.Span[i] - (i + 1);
            loss += 0.5 * difference * difference;
            _line.Gradient.Span[i] += difference * Factor(_step);
        }

        loss *= Factor(_step);
        return new StepLosses(loss, [new("distance", loss, 1)]);
    }

    public double LearningRate(int stage) => Rate;

    public void WriteModel(string folder)
    {
        Writing();
        AtomicFile.Write(Path.Combine(folder, "line.txt"), new byte[] { 1 });
    }

    public void Dispose()
    {
        _parameters.Dispose();
        _pool.Dispose();
    }
}
