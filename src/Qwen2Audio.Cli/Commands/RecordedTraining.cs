using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What codecs and models that speak have in common: their recordings are read, or left out with the reason, and the task measures itself.</summary>
internal abstract class RecordedTraining<TCorpus, TTask>(TrainingRequest request, CancellationToken cancellation)
    where TCorpus : ITrainingCorpus
    where TTask : TrainingTask
{
    /// <summary>Checks the recipe, or trains until the last step or a signal.</summary>
    /// <returns>The exit code.</returns>
    public int Run() => request.Check ? Check() : Train();

    /// <summary>Steps of the run.</summary>
    protected abstract long Steps { get; }

    /// <summary>Reads the recordings.</summary>
    protected abstract TCorpus Read(Action<int, int> progress);

    /// <summary>Makes the task with its initial values.</summary>
    protected abstract TTask Build(TCorpus corpus, IRanks ranks);

    /// <summary>Number of parameters, and the memory that is needed at least.</summary>
    protected abstract (long Parameters, long Bytes) Needs(TCorpus corpus);

    /// <summary>Number of parameters.</summary>
    protected abstract long Parameters(TTask task);

    /// <summary>What is between the number of parameters and that of recordings.</summary>
    protected abstract string Kind(TCorpus corpus);

    /// <summary>Figures on the validation rows; the first decides which checkpoint is best.</summary>
    protected abstract IReadOnlyList<(string Name, double Value)> Measure(TTask task);

    private int Check()
    {
        var path = request.Recipe.Path;
        var reading = new TrainingDisplay(json: false, loading: Console.Error); // only the result goes to standard output
        var corpus = Read((done, all) => reading.Loading("recordings", done, all));
        using var owner = corpus as IDisposable;
        foreach (var warning in corpus.Warnings) Warnings.Write(warning);
        foreach (var failure in corpus.Failures) Warnings.Write($"will be left out: {RowCheck.Named(failure.Row.Path, failure.Reason)}");
        var (parameters, bytes) = Needs(corpus);
        var (seconds, steps) = (corpus.Seconds, Steps);
        TrainingDisplay.Ready(path, $"{Described(corpus, parameters)}, {steps} steps", bytes,
            new { recipe = path, ok = true, corpus.Recordings, seconds, corpus.Measured, steps, parameters, memory_bytes = bytes, corpus.Warnings }, request.Json);
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
        display.Start(loop, Described(corpus, parameters),
            new { phase = "training", parameters, clips = corpus.Recordings, hours = corpus.Seconds / 3600, step = loop.Step, steps = loop.TotalSteps });
        loop.Run(display.Step, display.Saved, corpus.Measured > 0 ? Measured : null, cancellation);
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

    private TCorpus Load(RunFolder run, bool first, TrainingDisplay display)
    {
        try
        {
            var corpus = Read((done, all) => display.Loading("recordings", done, all));
            if (!first) return corpus;
            foreach (var warning in corpus.Warnings) Warnings.Write(warning);
            SkippedClips.Write(run.Skipped, corpus.Failures);
            foreach (var failure in corpus.Failures) Warnings.Write($"left out: {RowCheck.Named(failure.Row.Path, failure.Reason)}");
            if (corpus.Measured == 0) Warnings.Write($"the manifests have no row of split \"{Splits.Validation}\" that can be measured: nothing is measured");
            return corpus;
        }
        catch (CorpusException exception)
        {
            if (first) SkippedClips.Write(run.Skipped, exception.Failures);
            Console.Error.WriteLine($"All recordings that cannot be used are listed in {TerminalText.Name(run.Skipped)}");
            throw;
        }
    }

    private string Described(TCorpus corpus, long parameters) =>
        $"{parameters / 1e6:0.00} M parameters, {Kind(corpus)}, {corpus.Recordings} recordings, {corpus.Seconds / 3600:0.00} h, {corpus.Measured} for validation";
}
