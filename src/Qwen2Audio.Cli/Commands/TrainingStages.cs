using Qwen2Audio.Checkpoints;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Pretraining;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Speech;

namespace Qwen2Audio.Cli.Commands;

/// <summary>train FOLDER --run DIR: the folder's recipes one after the other, in the order of their names, each in a run of that name inside DIR.</summary>
internal static class TrainingStages
{
    /// <summary>Trains or checks the stages that are not complete, until one stops.</summary>
    /// <param name="path">The folder of recipes.</param>
    /// <param name="run">The folder of the runs; null only to check.</param>
    /// <param name="train">Trains or checks one stage; returns the exit code.</param>
    /// <exception cref="RecipeException">The folder has no recipe, or one of them cannot be read or used; names it.</exception>
    public static int Run(string path, string? run, Func<(RunRecipe Recipe, string? Run), int> train)
    {
        List<RunRecipe> stages = [.. Directory.EnumerateFiles(path, "*.yaml").Order(StringComparer.Ordinal).Select(file => RunRecipe.Open(TrainCommand.Name, file))];
        if (stages.Count == 0) throw new RecipeException($"{path}: the folder has no recipe; one with NAME.yaml for each stage is needed.");
        for (var i = 0; i < stages.Count; i++)
        {
            var name = Path.GetFileNameWithoutExtension(stages[i].Path);
            var folder = run is null ? null : Path.Combine(run, name);
            var complete = Complete(stages[i] with { Run = folder });
            Console.Error.WriteLine(TerminalText.Message($"stage {i + 1} of {stages.Count}: {name}{(complete ? ", complete" : "")}"));
            if (complete) continue;
            if (train((stages[i], folder)) is not ExitCodes.Success and var code) return code;
            if (folder is not null && i + 1 < stages.Count && !Complete(stages[i] with { Run = folder })) return ExitCodes.Success; // stopped by a signal and saved
        }

        return ExitCodes.Success;
    }

    private static bool Complete(RunRecipe stage)
    {
        if (stage.Run is null || !Directory.Exists(Path.Combine(stage.Run, "checkpoints"))) return false;
        var steps = CodecRun.Is(stage) ? CodecRun.Of(stage).Steps : PretrainingRun.Is(stage) ? PretrainingRun.Of(stage).Steps : SpeechRun.Of(stage).Steps;
        return RunCheckpoints.Steps(Path.Combine(stage.Run, "checkpoints")) is [var last, ..] && last >= steps;
    }
}
