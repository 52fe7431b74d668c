using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Runs;

/// <summary>
/// What a run trains: a model, its data and its losses. <see cref="TrainingLoop"/> does the rest: optimiser steps, checkpoints, metrics,
/// resuming. Everything that a step does must follow from the task's settings and the step's number, so that a run in pieces ends with
/// the same bits as a run in one piece.
/// </summary>
public interface ITrainingTask : IDisposable
{
    /// <summary>The parameters with their optimisers, in the order in which a step trains them; most tasks have one.</summary>
    IReadOnlyList<TrainingStage> Stages { get; }

    /// <summary>Steps of the whole run.</summary>
    long TotalSteps { get; }

    /// <summary>What must be the same in all parts of a run.</summary>
    RunConditions Conditions { get; }

    /// <summary>Makes ready for a step (from 0): its data, all micro-batches of it.</summary>
    StepData Begin(long step);

    /// <summary>Whether a stage is trained in the step that <see cref="Begin"/> made ready; those that are not keep their parameters and moments.</summary>
    bool Trains(int stage) => true;

    /// <summary>
    /// Forward and backward passes of the step that <see cref="Begin"/> made ready, for one stage: adds to the gradients of the stage's
    /// parameters, which are zero before. With several ranks each computes its slice of the global batch, of which losses and gradients
    /// are the sums over the ranks; the last backward pass of the stage is handed what <see cref="IRanks.Observe"/> gives.
    /// </summary>
    StepLosses Compute(int stage);

    /// <summary>A stage's parameters were updated by what <see cref="Compute"/> gave: what follows from the same step moves now. Not called for a step that is skipped.</summary>
    void Updated(int stage)
    {
    }

    /// <summary>The learning rate of a stage's next update. It follows from the updates made, so that a skipped step does not move the schedule.</summary>
    double LearningRate(int stage);

    /// <summary>Writes what users of the result need into an existing empty folder: a model folder or an adapter.</summary>
    void WriteModel(string folder);
}
