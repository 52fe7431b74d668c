using System.CommandLine;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks;
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
            Required = true,
        };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var check = new Option<bool>("--check") { Description = "Read and check the recipe, and stop." };
        var command = new Command("train",
            """
            Trains the small speech model. Ctrl-C or SIGTERM stops after the step in progress and saves; the same command goes on. A second one
            ends the program at once; the checkpoint before it stays.

            Example:
              qwen2audio train recipes/default.yaml --run runs/default
            """)
        {
            recipe, run, threads, json, check,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var settings = RecipeFile.Read(parsed.GetValue(recipe)!);
            if (parsed.GetValue(check)) return Task.FromResult(ExitCodes.Success);
            return Task.FromResult(Train(
                settings, parsed.GetValue(run)!, parsed.GetValue(threads), parsed.GetValue(json), cancellation));
        });
        return command;
    }

    private static int Train(SpeechRecipe recipe, string runFolder, int threads, bool json, CancellationToken cancellation)
    {
        var measured = Measured(recipe);
        using var run = RunFolder.Open(runFolder);
        run.Warning = Warnings.Write;
        var display = new TrainingDisplay(json);
        foreach (var missing in recipe.Data.Dictionaries.Where(path => !File.Exists(path)))
            Warnings.Write($"{missing} is not there; clips with words that are in no dictionary train without the phone loss");
        var corpus = SpeechCorpus.Load(recipe, display.Loading, cancellation);
        foreach (var failure in corpus.Failures) Warnings.Write($"{failure.Row.Path} is left out: {failure.Reason}");
        using var trainer = new SpeechTrainer(recipe, corpus, run, threads);
        display.Start(trainer, corpus);
        trainer.Run(display.Step, Saved, cancellation);
        return ExitCodes.Success;

        void Saved(string folder, bool measure)
        {
            display.Saved(folder);
            if (!measure) return;
            foreach (var manifest in measured) Measure(folder, manifest, threads, display, cancellation);
        }
    }

    /// <summary>The manifests that have rows to measure on; the others are warned about before the first step.</summary>
    private static List<string> Measured(SpeechRecipe recipe)
    {
        var result = new List<string>();
        foreach (var path in recipe.Data.Manifests)
        {
            var options = new ValidationOptions { Manifest = path };
            if (Manifest.Read(path).Select(options.Split).Count > 0) result.Add(path);
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
}
