using System.CommandLine;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Cli.Commands;

/// <summary>train RECIPE --run DIR</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "YAML file that says what to train, on what, and how." };
        var run = new Option<string>("--run", "-r")
        {
            Description = "Folder of the run: checkpoints and metrics.jsonl. A run that is there already goes on where it stopped.",
            HelpName = "DIR",
        };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var check = new Option<bool>("--check") { Description = "Check the recipe, its recordings, dictionaries and programs, and stop; nothing is made." };
        var allow = new Option<bool>("--allow-changes")
        {
            Description = "Go on although settings or data differ from those that began the run; what differs is recorded in its checkpoints.",
        };
        var command = new Command("train",
            """
            Trains the small speech model. Ctrl-C or SIGTERM stops after the step in progress and saves; the same command goes on. A second one
            ends the program at once; the checkpoint before it stays. The run folder can be named as a model: its newest checkpoint is used.

            Example:
              qwen2audio train recipes/tiny.yaml --check
              qwen2audio train recipes/default.yaml --run runs/default
              mpirun -n 4 qwen2audio train recipes/default.yaml --run runs/default --threads 1
            """)
        {
            recipe, run, threads, json, check, allow,
        };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(check) && result.GetResult(run) is null) result.AddError("train needs --run DIR, the folder for its checkpoints (or --check)");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var settings = RecipeFile.Read(parsed.GetValue(recipe)!);
            var inputs = RecipeInputs.Check(settings, parsed.GetValue(recipe)!);
            foreach (var warning in inputs.Warnings) Console.Error.WriteLine($"warning: {Plain.Message(warning)}");
            if (parsed.GetValue(check))
            {
                TrainingDisplay.Ready(parsed.GetValue(recipe)!, inputs, parsed.GetValue(json));
                return Task.FromResult(ExitCodes.Success);
            }

            try
            {
                return Task.FromResult(Train(settings, parsed.GetValue(run)!, parsed.GetValue(threads), parsed.GetValue(json), parsed.GetValue(allow), cancellation));
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("qwen2audio: interrupted; the same command goes on");
                return Task.FromResult(ExitCodes.Interrupted);
            }
        });
        return command;
    }

    private static int Train(SpeechRecipe recipe, string runFolder, int threads, bool json, bool allowChanges, CancellationToken cancellation)
    {
        using var ranks = Ranks.Join(runFolder);
        var measured = ranks.Rank == 0 ? ToMeasure(recipe) : [];
        using var run = ranks.Rank == 0 ? RunFolder.Open(runFolder) : RunFolder.LookOn(runFolder);
        run.Warning = Warnings.Write;
        var display = new TrainingDisplay(json, quiet: ranks.Rank > 0);
        var corpus = Load(recipe, run, ranks.Rank == 0, display, cancellation);
        using var task = new SpeechTask(recipe, corpus, threads, ranks);
        var loop = new TrainingLoop(task, run, recipe.Checkpoints.ToOptions(allowChanges), ranks);
        display.Start(loop, task, corpus);
        loop.Run(display.Step, display.Saved, Measured, cancellation);
        ranks.Finish();
        if (ranks.Rank > 0) return ExitCodes.Success;
        if (loop.Step < loop.TotalSteps)
        {
            Console.Error.WriteLine($"qwen2audio: stopped at step {loop.Step} of {loop.TotalSteps}; the same command resumes");
            return ExitCodes.Success;
        }

        display.Done(run.Checkpoint(loop.Step), runFolder, run.Best);
        return ExitCodes.Success;

        double? Measured(string folder)
        {
            foreach (var manifest in measured) Measure(folder, manifest, threads, display, cancellation);
            return null;
        }
    }

    /// <summary>The manifests that have rows to measure on; the others are warned about before the first step.</summary>
    private static List<string> ToMeasure(SpeechRecipe recipe)
    {
        var result = new List<string>();
        foreach (var path in recipe.Data.Manifests)
        {
            var options = new ValidationOptions { Manifest = path };
            // only rows that are said to be for it: those that name no split are trained on
            if (!ShardPattern.Is(path) && Manifest.Read(path, skipRepeated: true).Rows.Any(row => row.Split == options.Split)) result.Add(path);
            else Warnings.Write($"{path} has no row of split \"{options.Split}\": nothing is measured on it");
        }

        return result;
    }

    /// <summary>Measures a checkpoint. It is saved already: what goes wrong here is no reason to end the run.</summary>
    private static void Measure(string folder, string manifest, int threads, TrainingDisplay display, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return;
        try
        {
            display.Measured(ValidationRun.Run(folder, new ValidationOptions { Manifest = manifest }, new AudioModelOptions { Threads = threads }, cancellation));
        }
        catch (OperationCanceledException)
        {
            Warnings.Write($"{folder} is not measured: asked to stop");
        }
#pragma warning disable CA1031 // whatever measuring throws, hours of training must not be lost to it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Warnings.Write($"{folder} cannot be measured on {manifest}, training goes on: {exception.Message}");
        }
    }

    private static SpeechCorpus Load(SpeechRecipe recipe, RunFolder run, bool first, TrainingDisplay display, CancellationToken cancellation)
    {
        try
        {
            var corpus = SpeechCorpus.Load(recipe, display.Loading, cancellation);
            if (!first) return corpus;
            SkippedClips.Write(run.Skipped, corpus.Failures);
            foreach (var failure in corpus.Failures) Warnings.Write($"{failure.Row.Path} is left out: {failure.Reason}");
            return corpus;
        }
        catch (CorpusException exception)
        {
            if (first) SkippedClips.Write(run.Skipped, exception.Failures);
            Console.Error.WriteLine($"All that cannot be used is listed in {Plain.Name(run.Skipped)}");
            throw;
        }
    }
}
