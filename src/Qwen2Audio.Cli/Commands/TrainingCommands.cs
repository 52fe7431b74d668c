using System.CommandLine;
using Qwen2Audio.Formats;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What the user asks a training command to do.</summary>
/// <param name="Recipe">The recipe, from the command line or from the run.</param>
/// <param name="RunFolder">The run's folder; null only with <paramref name="Check"/>.</param>
/// <param name="Check">Check and stop.</param>
/// <param name="Threads">Number of cores; 0: all.</param>
/// <param name="Json">One JSON object per line.</param>
/// <param name="AllowChanges">Resume even if settings or data changed.</param>
internal sealed record TrainingRequest(RunRecipe Recipe, string? RunFolder, bool Check, int Threads, bool Json, bool AllowChanges);

/// <summary>The training commands, <c>train</c> and <c>finetune</c>, which have the same options.</summary>
internal static class TrainingCommands
{
    public static Command Create(string name, string description)
    {
        var recipe = new Argument<string?>("RECIPE") { Description = "YAML file with the model, data and settings, or (train) a folder of them: its stages, trained in the order of their names.", Arity = ArgumentArity.ZeroOrOne };
        var run = new Option<string?>("--run", "-r")
        {
            Description = "Folder of the run: checkpoints and metrics.jsonl. An existing run resumes where it stopped.",
            HelpName = "DIR",
        };
        var resume = new Option<string?>("--resume") { Description = "Resume a run with the recipe stored in its folder.", HelpName = "RUN" };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var check = new Option<bool>("--check") { Description = "Check the recipe and everything it needs, then stop; nothing is created." };
        var allow = new Option<bool>("--allow-changes")
        {
            Description = "Resume even if settings or data have changed since the run began; checkpoints record the changes.",
        };
        var command = new Command(name, description) { recipe, run, resume, threads, json, check, allow };
        command.Validators.Add(result =>
        {
            var (named, resumed) = (result.GetValue(recipe) is not null, result.GetResult(resume) is not null);
            if (named && resumed) result.AddError("--resume takes the recipe from the run: omit RECIPE, or use --run instead of --resume");
            else if (!named && !resumed) result.AddError($"{name} needs a RECIPE, or --resume RUN");
            else if (resumed && result.GetResult(run) is not null) result.AddError("--resume names the run: omit --run");
            else if (named && !result.GetValue(check) && result.GetResult(run) is null) result.AddError($"{name} needs --run DIR, the folder for its checkpoints (or --check)");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var resumed = parsed.GetValue(resume);
            var folder = resumed ?? parsed.GetValue(run);
            if (parsed.GetValue(recipe) is { } path && Directory.Exists(path) && name == TrainCommand.Name)
                return Task.FromResult(TrainingStages.Run(path, parsed.GetValue(check) ? null : folder, stage => Run(stage.Recipe, stage.Run)));
            return Task.FromResult(Run(resumed is null ? RunRecipe.Open(name, parsed.GetValue(recipe)!) : RunRecipe.Of(resumed), folder));

            int Run(RunRecipe kept, string? folder)
            {
                var request = new TrainingRequest(kept with { Run = parsed.GetValue(check) ? null : folder }, folder, parsed.GetValue(check), parsed.GetValue(threads), parsed.GetValue(json), parsed.GetValue(allow));
                try
                {
                    return kept.Command == FinetuneCommand.Name ? FinetuneCommand.Run(request, cancellation) : TrainCommand.Run(request, cancellation);
                }
                catch (RecipeException exception) when (resumed is not null)
                {
                    throw new RecipeException(MessageText.WithLines(
                        exception.Message, $"This is the recipe that {resumed} keeps. To resume with a corrected one: qwen2audio {kept.Command} RECIPE --run {resumed} --allow-changes"), exception);
                }
                catch (OperationCanceledException)
                {
                    Console.Error.WriteLine("qwen2audio: interrupted; the same command resumes");
                    return Interruption.Code;
                }
            }
        });
        return command;
    }

    /// <summary>Called when the loop has ended; reports if it stopped before its last step.</summary>
    /// <returns>In that case the exit code: 0 if the work is saved, otherwise that of the signal; null if the loop is complete.</returns>
    public static int? Stopped(TrainingLoop loop)
    {
        if (loop.Step >= loop.TotalSteps) return null;
        Console.Error.WriteLine($"qwen2audio: stopped at step {loop.Step} of {loop.TotalSteps}; the same command resumes");
        return loop.Step > loop.FirstStep ? ExitCodes.Success : Interruption.Code;
    }

    /// <summary>Measures a checkpoint. It is already saved, so an error here does not end the run.</summary>
    public static T? Measure<T>(string folder, string on, Func<T?> measure, CancellationToken cancellation)
        where T : class
    {
        if (cancellation.IsCancellationRequested) return null;
        try
        {
            return measure();
        }
        catch (OperationCanceledException)
        {
            Warnings.Write($"{folder} is not measured because the run is stopping");
        }
#pragma warning disable CA1031 // a failed measurement must not end hours of training
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Warnings.Write($"{folder} cannot be measured on {on}; training continues: {exception.Message}");
        }

        return null;
    }
}
