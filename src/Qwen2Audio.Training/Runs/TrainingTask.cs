using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// What a run trains: a model, its data and its losses. <see cref="TrainingLoop"/> does the rest: optimiser steps, checkpoints, metrics,
/// resuming. A step must be a function of the task's settings and the step's number, so that a resumed run ends with
/// the same bits as an uninterrupted one.
/// </summary>
public abstract class TrainingTask : IDisposable
{
    /// <summary>The parameters with their optimisers, in the order in which a step trains them; most tasks have one.</summary>
    internal abstract IReadOnlyList<TrainingStage> Stages { get; }

    /// <summary>Number of steps of the whole run.</summary>
    internal abstract long TotalSteps { get; }

    /// <summary>What must not change when the run is resumed.</summary>
    internal abstract RunConditions Conditions { get; }

    /// <summary>
    /// What a measurement of this task is made on: the validation rows, and the loss if it has settings, as a short text with hashes. Figures are compared only
    /// if it is the same. Empty: nothing is measured, or it never changes.
    /// </summary>
    internal virtual string MeasuredOn => "";

    /// <summary>When to save and to measure, and how to handle errors.</summary>
    internal virtual CheckpointRecipe Checkpoints => new();

    /// <summary>Prepares a step (from 0): the data of all its micro-batches.</summary>
    internal abstract StepData Begin(long step);

    /// <summary>Whether a stage is trained in the step prepared by <see cref="Begin"/>; a stage that is not keeps its parameters and moments.</summary>
    internal virtual bool Trains(int stage) => true;

    /// <summary>
    /// Runs the forward and backward passes of one stage for the step prepared by <see cref="Begin"/> and adds to the gradients of the stage's
    /// parameters, which are cleared before. With several ranks each computes its slice of the global batch; losses and gradients
    /// are then summed over the ranks. The stage's last backward pass takes the observer of <see cref="IRanks.Observe"/>.
    /// </summary>
    internal abstract StepLosses Compute(int stage);

    /// <summary>Called after a stage's parameters were updated, to update what follows from the same step. Not called for a skipped step.</summary>
    internal virtual void Updated(int stage)
    {
    }

    /// <summary>The learning rate of a stage's next update. It depends on the number of updates, so a skipped step does not advance the schedule.</summary>
    internal abstract double LearningRate(int stage);

    /// <summary>Writes the result for users (a model folder or an adapter) to an existing empty folder.</summary>
    internal abstract void WriteModel(string folder);

    public abstract void Dispose();
}
