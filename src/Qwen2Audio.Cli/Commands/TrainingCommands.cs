using System.CommandLine;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What a user asks of training.</summary>
/// <param name="Recipe">The recipe, of the command line or of the run.</param>
/// <param name="RunFolder">The run's folder; null with <paramref name="Check"/> alone.</param>
/// <param name="Check">Look and stop.</param>
/// <param name="Threads">Cores; 0: all.</param>
/// <param name="Json">One JSON object a line.</param>
/// <param name="AllowChanges">Go on with other settings or data.</param>
internal sealed record TrainingRequest(RunRecipe Recipe, string? RunFolder, bool Check, int Threads, bool Json, bool AllowChanges);

/// <summary>The commands that train: <c>train</c> and <c>finetune</c>, which have the same options.</summary>
internal static class TrainingCommands
{
    /// <summary>A command of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">With examples.</param>
    public static Command Create(string name, string description)
    {
        var recipe = new Argument<string?>("RECIPE") { Description = "YAML file that says what to train, on what, and how.", Arity = ArgumentArity.ZeroOrOne };
        var run = new Option<string?>("--run", "-r")
        {
            Description = "Folder of the run: checkpoints and metrics.jsonl. A run that is there already goes on where it stopped.",
            HelpName = "DIR",
        };
        var resume = new Option<string?>("--resume") { Description = "Go on with a run, by the recipe that its folder keeps.", HelpName = "RUN" };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var check = new Option<bool>("--check") { Description = "Check the recipe and all that it needs, and stop; nothing is made." };
        var allow = new Option<bool>("--allow-changes")
        {
            Description = "Go on although settings or data differ from those that began the run; what differs is recorded in its checkpoints.",
        };
        var command = new Command(name, description) { recipe, run, resume, threads, json, check, allow };
        command.Validators.Add(result =>
        {
            var (named, resumed) = (result.GetValue(recipe) is not null, result.GetResult(resume) is not null);
            if (named && resumed) result.AddError("--resume takes the recipe from the run: leave RECIPE out, or name the run with --run");
            else if (!named && !resumed) result.AddError($"{name} needs a RECIPE, or --resume RUN");
            else if (resumed && result.GetResult(run) is not null) result.AddError("--resume names the run: leave --run out");
            else if (named && !result.GetValue(check) && result.GetResult(run) is null) result.AddError($"{name} needs --run DIR, the folder for its checkpoints (or --check)");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var resumed = parsed.GetValue(resume);
            var kept = resumed is null ? RunRecipe.Open(name, parsed.GetValue(recipe)!) : RunRecipe.Of(resumed);
            var request = new TrainingRequest(
                kept, resumed ?? parsed.GetValue(run), parsed.GetValue(check), parsed.GetValue(threads), parsed.GetValue(json), parsed.GetValue(allow));
            try
            {
                return Task.FromResult(kept.Command == FinetuneCommand.Name ? FinetuneCommand.Run(request, cancellation) : TrainCommand.Run(request, cancellation));
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("qwen2audio: interrupted; the same command goes on");
                return Task.FromResult(Interruption.Code);
            }
        });
        return command;
    }

    /// <summary>The loop has ended: says so if that was before its last step.</summary>
    /// <returns>Then the exit code: 0 when what was done is saved, that of the signal when nothing was; else null.</returns>
    public static int? Stopped(TrainingLoop loop)
    {
        if (loop.Step >= loop.TotalSteps) return null;
        Console.Error.WriteLine($"qwen2audio: stopped at step {loop.Step} of {loop.TotalSteps}; the same command resumes");
        return loop.Step > loop.FirstStep ? ExitCodes.Success : Interruption.Code;
    }

    /// <summary>Measures a checkpoint. It is saved already: what goes wrong here is no reason to end the run.</summary>
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
            Warnings.Write($"{folder} is not measured: asked to stop");
        }
#pragma warning disable CA1031 // whatever measuring throws, hours of training must not be lost to it
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Warnings.Write($"{folder} cannot be measured on {on}, training goes on: {exception.Message}");
        }

        return null;
    }
}
