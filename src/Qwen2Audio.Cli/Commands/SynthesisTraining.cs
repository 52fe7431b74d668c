using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Cli.Commands;

/// <summary>train RECIPE --run DIR, where the recipe says <c>task: synthesis</c>.</summary>
internal static class SynthesisTraining
{
    public static int Run(TrainingRequest request, CancellationToken cancellation)
    {
        var training = SynthesisRun.Of(request.Recipe);
        return request.Check ? Check(request, training, cancellation) : Train(request, training, cancellation);
    }

    private static int Check(TrainingRequest request, SynthesisRun training, CancellationToken cancellation)
    {
        var path = request.Recipe.Path;
        var reading = new TrainingDisplay(json: false, loading: Console.Error); // only the result goes to standard output
        using var corpus = training.Load(request.Threads, (done, all) => reading.Loading("recordings", done, all), cancellation);
        foreach (var warning in corpus.Warnings) Warnings.Write(warning);
        foreach (var failure in corpus.Failures) Warnings.Write($"will be left out: {RowCheck.Named(failure.Row.Path, failure.Reason)}");
        using var task = training.Build(corpus, request.Threads);
        var (bytes, steps) = (Environment.WorkingSet, training.Steps);
        TrainingDisplay.Ready(path, $"{Described(corpus, task)}, {steps} steps", bytes,
            new { recipe = path, ok = true, corpus.Recordings, corpus.Seconds, corpus.Measured, steps, task.Parameters, memory_bytes = bytes, corpus.Warnings }, request.Json);
        return ExitCodes.Success;
    }

    private static int Train(TrainingRequest request, SynthesisRun training, CancellationToken cancellation)
    {
        var runFolder = request.RunFolder!;
        using var ranks = Ranks.Join(runFolder);
        var first = ranks.Rank == 0;
        using var run = first ? RunFolder.Open(runFolder) : RunFolder.OpenReadOnly(runFolder);
        run.Warning = Warnings.Write;
        var display = new TrainingDisplay(request.Json, quiet: !first);
        using var corpus = Load(request, training, run, first, display, cancellation);
        using var task = training.Build(corpus, request.Threads, ranks);
        var loop = new TrainingLoop(task, run, request.AllowChanges, ranks);
        if (first) run.Keep(request.Recipe);
        display.Start(loop, Described(corpus, task),
            new { phase = "training", parameters = task.Parameters, clips = corpus.Recordings, hours = corpus.Seconds / 3600, step = loop.Step, steps = loop.TotalSteps });
        loop.Run(display.Step, display.Saved, corpus.Measured > 0 ? Measured : null, cancellation);
        ranks.Finish();
        if (!first) return ExitCodes.Success;
        if (TrainingCommands.Stopped(loop) is { } code) return code;
        display.Done(run.Checkpoint(loop.Step), $"the folder {TerminalText.Name(run.Checkpoint(loop.Step))}", run.Best);
        return ExitCodes.Success;

        double? Measured(string folder)
        {
            if (TrainingCommands.Measure(folder, "its validation rows", () => task.Measure(cancellation), cancellation) is not { } figures) return null;
            display.Measured(loop.Step, figures);
            run.LogMeasured(loop.Step, figures);
            return figures[0].Value;
        }
    }

    private static SynthesisCorpus Load(TrainingRequest request, SynthesisRun training, RunFolder run, bool first, TrainingDisplay display, CancellationToken cancellation)
    {
        try
        {
            var corpus = training.Load(request.Threads, (done, all) => display.Loading("recordings", done, all), cancellation);
            if (!first) return corpus;
            foreach (var warning in corpus.Warnings) Warnings.Write(warning);
            SkippedClips.Write(run.Skipped, corpus.Failures);
            foreach (var failure in corpus.Failures) Warnings.Write($"left out: {RowCheck.Named(failure.Row.Path, failure.Reason)}");
            if (corpus.Measured == 0) Warnings.Write($"the manifests have no row of split \"{Splits.Validation}\" of a voice that is trained: nothing is measured");
            return corpus;
        }
        catch (CorpusException exception)
        {
            if (first) SkippedClips.Write(run.Skipped, exception.Failures);
            Console.Error.WriteLine($"All recordings that cannot be used are listed in {TerminalText.Name(run.Skipped)}");
            throw;
        }
    }

    private static string Described(SynthesisCorpus corpus, SynthesisTask task) =>
        $"{task.Parameters / 1e6:0.00} M parameters, {corpus.Voices.Count} voices, {corpus.Recordings} recordings, {corpus.Seconds / 3600:0.00} h, {corpus.Measured} for validation";
}
