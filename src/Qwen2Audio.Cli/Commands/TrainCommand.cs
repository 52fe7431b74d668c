using System.CommandLine;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Tasks;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Pretraining;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;
using Qwen2Audio.Training.Synthesis;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command train, for the small speech model and, by a recipe that names the task, for a codec or a language model.</summary>
internal static class TrainCommand
{
    public const string Name = "train";

    public static Command Create() => TrainingCommands.Create(Name,
        """
        Trains the small speech model, which also learns to speak if the recipe has the section speak; an audio codec if it says task: codec; or a language model of text with
        task: language-model. Ctrl-C or SIGTERM stops after the current step and saves; the same command resumes. A second signal ends the program at once and keeps the previous checkpoint. The run folder can be used
        as a model: its newest checkpoint is loaded. A folder of recipes is trained in the order of their names, each in a folder of that name in
        the run's folder; initialise_from: stage:NAME begins from another of them.

        Examples:
          qwen2audio train recipes/tiny.yaml --check
          qwen2audio train recipes/default --run runs/default
          qwen2audio train recipes/codec.yaml --run runs/codec
          qwen2audio train --resume runs/default/1-words
          mpirun -n 4 qwen2audio train recipes/tiny.yaml --run runs/tiny --threads 1
        """);

    public static int Run(TrainingRequest request, CancellationToken cancellation)
    {
        var path = request.Recipe.Path;
        if (CodecRun.Is(request.Recipe)) return new CodecTraining(request, cancellation).Run();
        if (PretrainingRun.Is(request.Recipe)) return new LanguageModelTraining(request, cancellation).Run();
        var training = SpeechRun.Of(request.Recipe);
        var reading = new TrainingDisplay(json: false, loading: Console.Error); // only the result goes to standard output
        var inputs = training.Check(readsAll: request.Check, request.Threads, (done, all) => reading.Loading("recordings", done, all), cancellation);
        foreach (var warning in inputs.Warnings) Warnings.Write(warning);
        if (!request.Check) return Train(request, training, cancellation);
        TrainingDisplay.Ready(path, $"{inputs.Recordings} recordings"
            + (inputs.Seconds > 0 ? $" ({inputs.Seconds / 3600:0.00} h)" : "") + (inputs.Synthetic > 0 ? $", {inputs.Synthetic} clips to synthesise" : "")
            + $", {inputs.Words} words with phones, {inputs.Steps} steps", inputs.MemoryBytes,
            new { recipe = path, ok = true, inputs.Recordings, inputs.Seconds, inputs.Synthetic, inputs.Words, inputs.Steps, inputs.MemoryBytes, inputs.Warnings }, request.Json);
        return ExitCodes.Success;
    }

    private static int Train(TrainingRequest request, SpeechRun training, CancellationToken cancellation)
    {
        var runFolder = request.RunFolder!;
        using var ranks = Ranks.Join(runFolder);
        var measured = ranks.Rank == 0 ? ToMeasure(training) : [];
        using var run = ranks.Rank == 0 ? RunFolder.Open(runFolder) : RunFolder.OpenReadOnly(runFolder);
        run.Warning = Warnings.Write;
        var display = new TrainingDisplay(request.Json, quiet: ranks.Rank > 0);
        var corpus = Load(request, training, run, ranks.Rank == 0, display, cancellation);
        if (training.ToAlign is not null && ranks.Count > 1) throw new RecipeException($"{request.Recipe.Path}: speak.alignments is empty, and several processes do not align; name the files that the command align wrote");
        training = SpokenAlignment.Make(training, runFolder, request.Threads, cancellation);
        using var spoken = LoadSpoken(request, training, run, ranks.Rank == 0, corpus, display, cancellation);
        using var task = training.Build(corpus, request.Threads, ranks, spoken);
        var loop = new TrainingLoop(task, run, request.AllowChanges, ranks);
        if (ranks.Rank == 0) run.Keep(request.Recipe);
        if (task.WarmStart is { } start && loop.Step == 0 && ranks.Rank == 0) Console.Error.WriteLine(TerminalText.Message(start.Summary));
        var hours = corpus.Hours;
        display.Start(loop, $"{task.Parameters / 1e6:0.00} M parameters, {corpus.ClipCount} clips, {hours:0.00} h, {corpus.Tokenizer.Size} tokens"
            + (spoken is null ? "" : $", {spoken.Recordings} recordings to speak, {spoken.Seconds / 3600:0.00} h, {spoken.Voices.Count} voices"),
            new { phase = "training", parameters = task.Parameters, clips = corpus.ClipCount, hours, step = loop.Step, steps = loop.TotalSteps });
        loop.Run(display.Step, display.Saved, measured.Count > 0 ? Measured : null, cancellation);
        ranks.Finish();
        if (ranks.Rank > 0) return ExitCodes.Success;
        if (TrainingCommands.Stopped(loop) is { } code) return code;
        display.Done(run.Checkpoint(loop.Step), $"qwen2audio transcribe FILE --model {TerminalText.Name(runFolder)}", run.Best);
        return ExitCodes.Success;

        double? Measured(string folder)
        {
            var results = new List<ValidationResult>();
            foreach (var options in measured)
            {
                if (TrainingCommands.Measure(folder, options.Manifest, () => ValidationRun.Run(folder, options, new ModelLoadOptions { Threads = request.Threads }, cancellation), cancellation) is not { } result) continue;
                display.Measured(result);
                results.Add(result);
            }

            List<(string Name, double Value)> speaking = [.. task.MeasureSpeaking(cancellation)];
            if (speaking.Count > 0) display.Measured(loop.Step, speaking);
            // Figures for some of the manifests cannot be compared with those for all.
            if (results.Count < measured.Count || SpeechMetrics.Of(results) is not { Count: > 0 } figures) return null;
            run.LogMeasured(loop.Step, [.. figures, .. speaking]);
            return figures[0].Value;
        }
    }

    /// <summary>The manifests that have rows to measure on; warns about the others before the first step.</summary>
    private static List<ValidationOptions> ToMeasure(SpeechRun training)
    {
        var result = new List<ValidationOptions>();
        foreach (var (path, datasets) in training.ToMeasure(Splits.Validation))
        {
            if (datasets.Count > 0) result.Add(new ValidationOptions { Manifest = path, Datasets = datasets });
            else Warnings.Write($"{path} has no row of split \"{Splits.Validation}\": it is not used for validation");
        }

        return result;
    }

    private static SynthesisCorpus? LoadSpoken(TrainingRequest request, SpeechRun training, RunFolder run, bool first, SpeechCorpus heard, TrainingDisplay display, CancellationToken cancellation)
    {
        try
        {
            var spoken = training.LoadSpoken(request.Threads, (done, all) => display.Loading("tokens to speak", done, all), cancellation);
            if (!first || spoken is not { Failures.Count: > 0 }) return spoken;
            SkippedClips.Write(run.Skipped, [.. heard.Failures, .. spoken.Failures]);
            foreach (var failure in spoken.Failures) Warnings.Write($"not spoken: {RowCheck.Named(failure.Row.Path, failure.Reason)}");
            return spoken;
        }
        catch (CorpusException exception)
        {
            if (first) SkippedClips.Write(run.Skipped, [.. heard.Failures, .. exception.Failures]);
            Console.Error.WriteLine($"All recordings that cannot be used are listed in {TerminalText.Name(run.Skipped)}");
            throw;
        }
    }

    private static SpeechCorpus Load(TrainingRequest request, SpeechRun training, RunFolder run, bool first, TrainingDisplay display, CancellationToken cancellation)
    {
        try
        {
            var corpus = training.Load(request.Threads, display.Loading, cancellation);
            if (!first) return corpus;
            SkippedClips.Write(run.Skipped, corpus.Failures);
            foreach (var failure in corpus.Failures) Warnings.Write($"left out: {RowCheck.Named(failure.Row.Path, failure.Reason)}");
            if (corpus.WordsWithoutPhones is { Count: > 0 } words)
                Warnings.Write($"letter-to-sound cannot pronounce {string.Join(", ", words.Take(3))}{(words.Count > 3 ? $" and {words.Count - 3} more words" : "")}: the dictionaries never have some of their letters; clips with them train without the phone loss");
            return corpus;
        }
        catch (CorpusException exception)
        {
            if (first) SkippedClips.Write(run.Skipped, exception.Failures);
            Console.Error.WriteLine($"All recordings that cannot be used are listed in {TerminalText.Name(run.Skipped)}");
            throw;
        }
    }
}
