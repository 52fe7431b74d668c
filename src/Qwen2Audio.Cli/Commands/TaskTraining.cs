using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What trainings of models beside the speech model have in common: the task measures itself.</summary>
internal abstract class TaskTraining<TCorpus, TTask>(TrainingRequest request, CancellationToken cancellation)
    where TTask : TrainingTask
{
    /// <summary>Checks the recipe, or trains until the last step or a signal.</summary>
    /// <returns>The exit code.</returns>
    public int Run() => request.Check ? Check() : Train();

    /// <summary>Steps of the run.</summary>
    protected abstract long Steps { get; }

    /// <summary>Reads the data and reports what is unusable.</summary>
    /// <param name="run">The run; null when the recipe is only checked.</param>
    /// <param name="first">Whether this process reports.</param>
    /// <param name="display">Shows the progress.</param>
    protected abstract TCorpus Load(RunFolder? run, bool first, TrainingDisplay display);

    /// <summary>Makes the task with its initial values.</summary>
    protected abstract TTask Build(TCorpus corpus, IRanks ranks);

    /// <summary>Number of parameters, and the memory that is needed at least.</summary>
    protected abstract (long Parameters, long Bytes) Needs(TCorpus corpus);

    /// <summary>Number of parameters.</summary>
    protected abstract long Parameters(TTask task);

    /// <summary>The data in words.</summary>
    protected abstract string Described(TCorpus corpus);

    /// <summary>The data as JSON fields, when the recipe is checked and when training starts.</summary>
    protected abstract IEnumerable<KeyValuePair<string, object>> Facts(TCorpus corpus, bool check);

    /// <summary>Whether there is something to measure on.</summary>
    protected abstract bool Measures(TCorpus corpus);

    /// <summary>Figures on the validation data; the first decides which checkpoint is best.</summary>
    protected abstract IReadOnlyList<(string Name, double Value)> Measure(TTask task);

    private int Check()
    {
        var path = request.Recipe.Path;
        var corpus = Load(null, true, new TrainingDisplay(json: false, loading: Console.Error)); // only the result goes to standard output
        using var owner = corpus as IDisposable;
        var (parameters, bytes) = Needs(corpus);
        TrainingDisplay.Ready(path, $"{parameters / 1e6:0.00} M parameters, {Described(corpus)}, {Steps} steps", bytes, new Dictionary<string, object>(
            [new("recipe", path), new("ok", true), .. Facts(corpus, check: true), new("steps", Steps), new("parameters", parameters), new("memory_bytes", bytes)]), request.Json);
        return ExitCodes.Success;
    }

    private int Train()
    {
        var runFolder = request.RunFolder!;
        using var ranks = Ranks.Join(runFolder);
        var first = ranks.Rank == 0;
        using var run = first ? RunFolder.Open(runFolder) : RunFolder.OpenReadOnly(runFolder);
        run.Warning = Warnings.Write;
        var display = new TrainingDisplay(request.Json, quiet: !first);
        var corpus = Load(run, first, display);
        using var owner = corpus as IDisposable;
        using var task = Build(corpus, ranks);
        var loop = new TrainingLoop(task, run, request.AllowChanges, ranks);
        if (first) run.Keep(request.Recipe);
        var parameters = Parameters(task);
        display.Start(loop, $"{parameters / 1e6:0.00} M parameters, {Described(corpus)}", new Dictionary<string, object>(
            [new("phase", "training"), new("parameters", parameters), .. Facts(corpus, check: false), new("step", loop.Step), new("steps", loop.TotalSteps)]));
        loop.Run(display.Step, display.Saved, Measures(corpus) ? Measured : null, cancellation);
        ranks.Finish();
        if (!first) return ExitCodes.Success;
        if (TrainingCommands.Stopped(loop) is { } code) return code;
        display.Done(run.Checkpoint(loop.Step), $"the folder {TerminalText.Name(run.Checkpoint(loop.Step))}", run.Best);
        return ExitCodes.Success;

        double? Measured(string folder)
        {
            if (TrainingCommands.Measure(folder, "its validation rows", () => Measure(task), cancellation) is not { } figures) return null;
            display.Measured(loop.Step, figures);
            run.LogMeasured(loop.Step, figures);
            return figures[0].Value;
        }
    }
}
