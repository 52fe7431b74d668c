using System.Diagnostics;
using System.Text.Json;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// Runs a task to its end: steps, skipping of steps that are not finite, metrics, checkpoints, and resuming from the newest intact checkpoint.
/// The caller keeps the task.
/// </summary>
public sealed class TrainingLoop
{
    private const int OverQuota = 122; // EDQUOT
    private readonly TrainingTask _task;
    private readonly RunFolder _run;
    private readonly LoopOptions _options;
    private readonly IRanks _ranks;
    private readonly bool _lacksBest; // since it was measured on other rows
    private RunProgress _progress;
    private bool _showingFails;
    private int[]? _notFinite; // with several ranks, those whose own loss or gradient was not finite

    /// <summary>Resumes from the newest intact checkpoint, if the run has one.</summary>
    /// <param name="run">The run, which only rank 0 reads and writes; a read-only view on the others.</param>
    /// <param name="allowChanges">Whether to resume although settings or data differ from those of the run; later checkpoints record the differences.</param>
    /// <param name="ranks">The processes that train together; null: this one alone.</param>
    /// <exception cref="RunException">Settings or data differ from the run's, or no checkpoint can be read.</exception>
    /// <exception cref="RanksException">The ranks have different settings, data or versions.</exception>
    public TrainingLoop(TrainingTask task, RunFolder run, bool allowChanges = false, IRanks? ranks = null)
        : this(task, run, task.Checkpoints.ToOptions(allowChanges), ranks)
    {
    }

    /// <summary>The same with other options than the task's.</summary>
    internal TrainingLoop(TrainingTask task, RunFolder run, LoopOptions options, IRanks? ranks = null)
    {
        (_task, _run, _options, _ranks) = (task, run, options, ranks ?? new OneRank());
        _ranks.Enter(RankActivity.Setup, 0);
        if (_ranks.Count > 1) RankAgreement.Check(_ranks, task);
        var found = _ranks.Rank == 0 ? RunCheckpoint.Restore(run, task, options.AllowChanges) : null;
        if (_ranks.Count > 1) found = RankAgreement.Share(_ranks, task, found);
        _lacksBest = _ranks.Rank == 0 && run.MeasureOn(task.MeasuredOn);
        _progress = found ?? new RunProgress();
        Resumed = found is not null;
        FirstStep = Step;
    }

    /// <summary>Number of steps done.</summary>
    public long Step => _progress.Step;

    /// <summary>Number of steps of the whole run.</summary>
    public long TotalSteps => _task.TotalSteps;

    /// <summary>Number of steps done when the loop was created.</summary>
    public long FirstStep { get; }

    /// <summary>True when a checkpoint was found.</summary>
    public bool Resumed { get; }

    /// <summary>
    /// Number of skipped steps, in which the loss or gradient of a stage was not finite or the loss spiked: that stage and later ones were not updated.
    /// </summary>
    internal long SkippedSteps => _progress.Skipped;

    /// <summary>
    /// Trains to the end, or until <paramref name="cancellation"/> (then finishes the current step), and saves. A file error of
    /// <paramref name="report"/> or <paramref name="saved"/> gives a warning and does not end the run.
    /// </summary>
    /// <param name="report">Called after every step.</param>
    /// <param name="saved">Called with the folder of each checkpoint.</param>
    /// <param name="measure">Measures a checkpoint; the result (lower is better) decides which one is kept as the best, null when it could not be measured. A checkpoint left unmeasured by a stop, or measured on other rows, is measured when the run resumes.</param>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <exception cref="RunException">Too many consecutive steps were skipped, or there is too little memory; the checkpoints are intact.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written; existing ones are intact.</exception>
    public void Run(
        Action<StepReport>? report = null, Action<string>? saved = null, Func<string, double?>? measure = null, CancellationToken cancellation = default)
    {
        var lastSaved = Step;
        // a checkpoint whose measurement was interrupted, or made on other rows, is measured now
        if (Resumed && measure is not null && _ranks.Rank == 0 && IsMeasured && (_run.Measured < Step || _lacksBest))
        {
            _ranks.Enter(RankActivity.Save, Step);
            Measure(_run.Checkpoint(Step), measure);
        }

        if (Resumed && Step < TotalSteps && _ranks.Rank == 0) _run.LogResumed(Step);
        var stop = AnyStops(cancellation);
        while (Step < TotalSteps && !stop)
        {
            var done = RunStep();
            if (_ranks.Rank == 0) _run.Log(done);
            Show(() => report?.Invoke(done));
            stop = AnyStops(cancellation);
            if (Step % _options.SaveEvery != 0 && !IsMeasured) continue;
            lastSaved = Step;
            if (_ranks.Rank == 0) SaveAndShow(saved, IsMeasured ? measure : null, cancellation);
        }

        if (lastSaved != Step && _ranks.Rank == 0) SaveAndShow(saved, null, cancellation);
    }

    private void SaveAndShow(Action<string>? saved, Func<string, double?>? measure, CancellationToken cancellation)
    {
        _ranks.Enter(RankActivity.Save, Step);
        var folder = Save(cancellation);
        Show(() => saved?.Invoke(folder));
        if (measure is not null) Measure(folder, measure);
    }

    private bool IsMeasured => Step == TotalSteps || (_options.EvaluateEvery > 0 && Step % _options.EvaluateEvery == 0);

    private void Measure(string folder, Func<string, double?> measure)
    {
        double? figure = null;
        Show(() => figure = measure(folder));
        KeepIfBest(figure);
        if (figure is not null) _run.NoteMeasured(Step);
    }

    // all ranks stop after the same step
    private bool AnyStops(CancellationToken cancellation)
    {
        if (_ranks.Count == 1) return cancellation.IsCancellationRequested;
        double[] asked = [cancellation.IsCancellationRequested ? 1 : 0];
        _ranks.Sum(asked);
        return asked[0] > 0;
    }

    private StepReport RunStep()
    {
        var watch = Stopwatch.StartNew();
        try
        {
            _ranks.Enter(RankActivity.Data, Step);
            var data = _task.Begin(Step);
            var stages = new List<StageReport>();
            var losses = new double?[_task.Stages.Count];
            for (var i = 0; i < _task.Stages.Count; i++)
            {
                if (!_task.Trains(i)) continue;
                var report = Train(i);
                stages.Add(report);
                losses[i] = report.Losses.Total;
                if (report.Updated)
                {
                    _task.Updated(i);
                    continue;
                }

                _progress = _progress.AfterSkip();
                var skipped = new StepReport(Step, TotalSteps, stages, data, watch.Elapsed.TotalSeconds, SkippedSteps);
                RecordSkipped(skipped);
                return skipped;
            }

            _progress = _progress.Trained(losses);
            return new StepReport(Step, TotalSteps, stages, data, watch.Elapsed.TotalSeconds, SkippedSteps);
        }
        catch (OutOfMemoryException exception)
        {
            var held = _task.Stages.Sum(stage => stage.Parameters.Values.Columns * 16L);
            throw new RunException(
                $"There is too little memory for step {Step + 1}: parameters, gradients and moments take {held / 1e9:0.0} GB, and the process has {Environment.WorkingSet / 1e9:0.0} GB. "
                + "Lower the batch or the sizes. The checkpoints are intact.", exception);
        }
    }

    private StageReport Train(int index)
    {
        var stage = _task.Stages[index];
        stage.Parameters.Gradients.Clear();
        _ranks.Enter(RankActivity.Compute, Step);
        var losses = _task.Compute(index);
        _ranks.Enter(RankActivity.Exchange, Step);
        var finite = _ranks.FinishGradients(stage.Parameters);
        if (_ranks.Count > 1) losses = Summed(losses, finite);
        _ranks.Enter(RankActivity.Update, Step);
        var rate = _task.LearningRate(index);
        var update = _progress.IsSpike(index, losses.Total, _options.LossSpike)
            ? new OptimizerResult(stage.Optimizer.GradientNorm(), Applied: false) : stage.Optimizer.TryUpdate(rate, losses.Total);
        return new StageReport(stage.Name, losses, update.GradientNorm, rate, update.Applied);
    }

    // each rank's losses are its part of the global batch's
    private StepLosses Summed(StepLosses losses, bool finite)
    {
        double[] values = [losses.Total, .. losses.Parts.Select(part => part.Value), .. new double[_ranks.Count]];
        var flags = values.AsSpan(values.Length - _ranks.Count);
        flags[_ranks.Rank] = finite && double.IsFinite(losses.Total) ? 0 : 1;
        _ranks.Sum(values);
        _notFinite = [.. flags.ToArray().Select((flag, rank) => (flag, rank)).Where(pair => pair.flag > 0).Select(pair => pair.rank)];
        return new StepLosses(values[0], [.. losses.Parts.Select((part, i) => part with { Value = values[i + 1] })]);
    }

    // records the samples of a skipped step and the stages that were updated before; too many skipped steps end the run
    private void RecordSkipped(StepReport skipped)
    {
        if (_ranks.Rank == 0) _run.NoteSkippedStep(JsonSerializer.Serialize(new
        {
            step = skipped.Step,
            loss = Finite(skipped.Loss),
            gradient_norm = Finite(skipped.Stages[^1].GradientNorm),
            moved = skipped.Stages.Where(stage => stage.Updated).Select(stage => stage.Name),
            ranks = _notFinite,
            samples = skipped.Data.Samples,
        }));
        if (_progress.SkippedInARow < _options.MostSkippedInARow) return;
        throw new RunException(
            $"{_progress.SkippedInARow} consecutive steps had a gradient that was not finite or a loss spike (the last one: {Step}); lower the learning rate. "
            + $"Their samples are in {_run.SkippedSteps}. The checkpoints are intact.");
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private void KeepIfBest(double? figure)
    {
        if (figure is not { } value || !double.IsFinite(value) || _run.Best is { } best && best.Figure <= value) return;
        _run.NoteBest(Step, value);
    }

    private string Save(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return _run.Save(Step, _options.Keep, folder => RunCheckpoint.Write(folder, _task, _progress));
            }
            catch (IOException exception) when (_options.RetryFullDisk && !cancellation.IsCancellationRequested && (exception.HResult & 0xFFFF) is AtomicFile.FullDisk or OverQuota)
            {
                _run.Warn($"The checkpoint after {Step} steps cannot be written: {exception.Message} Training waits and retries every {_options.RetryDelay.TotalSeconds:0} s; free some space, or stop it.");
                cancellation.WaitHandle.WaitOne(_options.RetryDelay);
            }
        }
    }

    // a failing display or log must not end a run
    private void Show(Action show)
    {
        try
        {
            show();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_showingFails) _run.Warn($"Progress cannot be shown; training continues: {exception.Message}");
            _showingFails = true;
        }
    }
}
