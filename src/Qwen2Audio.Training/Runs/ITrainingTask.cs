using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// What a run trains: a model, its data and its losses. <see cref="TrainingLoop"/> does the rest: optimiser steps, checkpoints, metrics,
/// resuming. A step must be a function of the task's settings and the step's number, so that a resumed run ends with
/// the same bits as an uninterrupted one.
/// </summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>The parameters with their optimisers, in the order in which a step trains them; most tasks have one.</summary>
    IReadOnlyList<TrainingStage> Stages { get; }

    /// <summary>Number of steps of the whole run.</summary>
    long TotalSteps { get; }

    /// <summary>What must not change when the run is resumed.</summary>
    RunConditions Conditions { get; }

    /// <summary>Prepares a step (from 0): the data of all its micro-batches.</summary>
    StepData Begin(long step);

    /// <summary>Whether a stage is trained in the step prepared by <see cref="Begin"/>; a stage that is not keeps its parameters and moments.</summary>
    bool Trains(int stage) => true;

    /// <summary>
    /// Runs the forward and backward passes of one stage for the step prepared by <see cref="Begin"/> and adds to the gradients of the stage's
    /// parameters, which are cleared before. With several ranks each computes its slice of the global batch; losses and gradients
    /// are then summed over the ranks. The stage's last backward pass takes the observer of <see cref="IRanks.Observe"/>.
    /// </summary>
    StepLosses Compute(int stage);

    /// <summary>Called after a stage's parameters were updated, to update what follows from the same step. Not called for a skipped step.</summary>
    void Updated(int stage)
    {
    }

    /// <summary>The learning rate of a stage's next update. It depends on the number of updates, so a skipped step does not advance the schedule.</summary>
    double LearningRate(int stage);

    /// <summary>Writes the result for users (a model folder or an adapter) to an existing empty folder.</summary>
    void WriteModel(string folder);
}
