using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Distributed;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Tests.FineTuning;

/// <summary>A recipe, run as the command does.</summary>
internal static class TuningRun
{
    /// <summary>Runs to the end or for this many steps; returns the newest checkpoint.</summary>
    public static string Of(TinyBase files, string yaml, string run, int stopAfter = int.MaxValue, Action<StepReport>? report = null, int threads = 2, IRanks? ranks = null,
        Action<TuningMeasure>? measured = null, Action<SkippedSample>? lost = null, Action<string>? warn = null)
    {
        var path = files.Path("recipe.yaml");
        var recipe = FineTuningRecipeFile.Parse(yaml, path);
        using var model = BaseModel.Open(recipe.Model.Base, recipe.Model.Template);
        var data = TuningData.Load(recipe, model, path);
        using var folder = ranks is null or { Rank: 0 } ? RunFolder.Open(files.Path(run)) : RunFolder.OpenReadOnly(files.Path(run));
        folder.Warning = text => warn?.Invoke(text);
        using var task = new FineTuningTask(recipe, model, data, path, threads, ranks) { Lost = lost };
        using var stop = new CancellationTokenSource();
        var loop = new TrainingLoop(task, folder, ranks: ranks);
        double? Measured(string _)
        {
            if (task.Measure() is not { } measure) return null;
            measured?.Invoke(measure);
            return measure.Loss;
        }

        loop.Run(step =>
        {
            report?.Invoke(step);
            if (step.Step >= stopAfter) stop.Cancel();
        }, measure: Measured, cancellation: stop.Token);
        return ranks is null or { Rank: 0 } ? folder.Checkpoint(folder.Steps()[0]) : "";
    }

    public static byte[] State(string checkpoint) => File.ReadAllBytes(Path.Combine(checkpoint, "training", "state.safetensors"));
}
