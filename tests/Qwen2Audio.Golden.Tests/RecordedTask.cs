using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A recorded run as a task: the loop, methods and optimiser of <c>finetune</c>, at the reference's learning rates.</summary>
internal sealed class RecordedTask : TrainingTask
{
    private readonly ParameterSet _parameters;
    private readonly Func<long, StepLosses> _compute;
    private readonly Func<long, double> _rate;
    private readonly List<StepReport> _reports = [];
    private long _step;

    /// <summary>A task of one stage.</summary>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="optimizer">Trains it.</param>
    /// <param name="rate">Updates made → rate of the next.</param>
    /// <param name="compute">Step → losses, after their gradients were added.</param>
    public RecordedTask(int steps, ParameterSet parameters, AdamWOptimizer optimizer, Func<long, double> rate, Func<long, StepLosses> compute)
    {
        (TotalSteps, _parameters, _rate, _compute) = (steps, parameters, rate, compute);
        Stages = [new TrainingStage("", parameters, optimizer)];
    }

    internal override IReadOnlyList<TrainingStage> Stages { get; }

    internal override long TotalSteps { get; }

    internal override RunConditions Conditions { get; } = RunConditions.Of(new { });

    /// <summary>Called before each step.</summary>
    public Action<long>? Preparing { get; set; }

    /// <summary>A task of a method.</summary>
    /// <param name="run">What was recorded.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="optimizer">Trains it.</param>
    /// <param name="method">What a step computes.</param>
    /// <param name="computed">Called after the gradients of a step, before its update.</param>
    public static RecordedTask Of(RecordedRun run, ParameterSet parameters, AdamWOptimizer optimizer, ITuningMethod method, Action<long> computed)
    {
        var schedule = run.Schedule();
        return new RecordedTask(run.Steps, parameters, optimizer, schedule.Rate, step =>
        {
            Assert.Empty(method.Begin(step));
            var losses = method.Compute(seed: 0);
            computed(step);
            return losses;
        });
    }

    /// <summary>Runs to the end; returns what each step did.</summary>
    public IReadOnlyList<StepReport> Run(Action<StepReport>? report = null, int maxSkipped = 20)
    {
        using var folder = new TemporaryFolder();
        using var run = RunFolder.Open(folder);
        new TrainingLoop(this, run, new LoopOptions { MostSkippedInARow = maxSkipped }).Run(step =>
        {
            _reports.Add(step);
            report?.Invoke(step);
        });
        return _reports;
    }

    internal override StepData Begin(long step)
    {
        _step = step;
        Preparing?.Invoke(step);
        return new StepData(0, 0, []);
    }

    internal override StepLosses Compute(int stage)
    {
        Assert.True(_parameters.Gradients.Span.IndexOfAnyExcept(0f) < 0, "gradients are not cleared");
        return _compute(_step);
    }

    internal override double LearningRate(int stage) => _rate(Stages[0].Optimizer.Step);

    internal override void WriteModel(string folder)
    {
    }

    public override void Dispose()
    {
    }
}
