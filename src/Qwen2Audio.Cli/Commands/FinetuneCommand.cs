using System.CommandLine;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.FineTuning;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command finetune.</summary>
internal static class FinetuneCommand
{
    public const string Name = "finetune";
    private const int Named = 5;

    public static Command Create() => TrainingCommands.Create(Name,
        """
        Trains a published Qwen2, Qwen2-MoE or Qwen2-Audio model on conversations or on pairs of answers: all its weights, or a low-rank
        adapter (LoRA). Ctrl-C or SIGTERM stops after the current step and saves; the same command resumes.

        Examples:
          qwen2audio finetune recipes/finetune-lora.yaml --check
          qwen2audio finetune recipes/finetune-lora.yaml --run runs/mine
          qwen2audio finetune --resume runs/mine
          qwen2audio chat --model BASE --adapter runs/mine
          mpirun -n 4 qwen2audio finetune recipes/finetune-audio.yaml --run runs/mine --threads 1
        """);

    public static int Run(TrainingRequest request, CancellationToken cancellation)
    {
        using var training = FineTuningRun.Open(request.Recipe, CommonOptions.ModelFolder);
        return request.Check ? Check(request, training, cancellation) : Train(request, training, cancellation);
    }

    private static int Check(TrainingRequest request, FineTuningRun training, CancellationToken cancellation)
    {
        var path = request.Recipe.Path;
        var data = training.Load(request.Threads, cancellation);
        var (trained, memory) = training.Check(data);
        foreach (var warning in training.Warnings) Warnings.Write(warning);
        foreach (var warning in data.Warnings) Warnings.Write(warning);
        foreach (var skipped in data.Skipped) Warnings.Write($"will be left out: {skipped}");
        TrainingDisplay.Ready(path, $"{Samples(training, data)}, {data.Steps} steps, {Millions(trained)} of {Millions(training.Parameters)} parameters trained", memory,
            new
            {
                recipe = path,
                ok = true,
                samples = data.TrainSamples,
                validation = data.ValidationSamples,
                skipped = data.Skipped.Count,
                data.Steps,
                parameters = training.Parameters,
                trained_parameters = trained,
                memory_bytes = memory,
            }, request.Json);
        return ExitCodes.Success;
    }

    private static int Train(TrainingRequest request, FineTuningRun training, CancellationToken cancellation)
    {
        var runFolder = request.RunFolder!;
        using var ranks = Ranks.Join(runFolder);
        var first = ranks.Rank == 0;
        using var run = first ? RunFolder.Open(runFolder) : RunFolder.OpenReadOnly(runFolder);
        run.Warning = Warnings.Write;
        var display = new TrainingDisplay(request.Json, quiet: !first);
        var data = Load(request, training, run, first, cancellation);
        using var task = training.Build(data, request.Threads, ranks);
        task.Lost = Lost;
        if (first) task.LostBefore = SkippedClips.Lost(run.Skipped);
        var loop = new TrainingLoop(task, run, request.AllowChanges, ranks);
        if (first) run.Keep(request.Recipe);
        display.Start(loop, $"{Millions(task.TrainedParameters)} of {Millions(task.Parameters)} parameters trained, {Samples(training, data)}",
            new { phase = "training", parameters = task.Parameters, trained_parameters = task.TrainedParameters, samples = data.TrainSamples, skipped = data.Skipped.Count, step = loop.Step, steps = loop.TotalSteps });
        loop.Run(display.Step, display.Saved, task.Measures ? Measured : null, cancellation);
        ranks.Finish();
        if (!first) return ExitCodes.Success;
        if (task.LostSamples > 0) Warnings.Write($"{task.LostSamples} samples could no longer be loaded during training; {run.Skipped} lists them");
        if (TrainingCommands.Stopped(loop) is { } code) return code;
        var use = task.MakesAdapter ? $"--model {TerminalText.Name(training.Base)} --adapter {TerminalText.Name(runFolder)}" : $"--model {TerminalText.Name(runFolder)}";
        display.Done(run.Checkpoint(loop.Step), $"qwen2audio chat {use}", run.Best);
        return ExitCodes.Success;

        void Lost(SkippedSample sample)
        {
            if (!first) return;
            Warnings.Write($"left out: {sample}");
            run.NoteSkipped(sample);
        }

        double? Measured(string folder)
        {
            if (TrainingCommands.Measure(folder, "data.validation", () => task.Measure(cancellation), cancellation) is not { } measure) return null;
            run.LogMeasured(measure.Step, Figures(measure));
            display.Measured(measure.Step, Figures(measure));
            return measure.Loss;
        }
    }

    private static TuningData Load(TrainingRequest request, FineTuningRun training, RunFolder run, bool first, CancellationToken cancellation)
    {
        try
        {
            var data = training.Load(request.Threads, cancellation);
            if (!first) return data;
            foreach (var warning in training.Warnings) Warnings.Write(warning);
            SkippedClips.Write(run.Skipped, data.Skipped);
            foreach (var warning in data.Warnings) Warnings.Write(warning);
            foreach (var skipped in data.Skipped.Take(Named)) Warnings.Write($"left out: {skipped}");
            if (data.Skipped.Count > Named) Warnings.Write($"{data.Skipped.Count} samples are left out in total; {run.Skipped} lists them");
            return data;
        }
        catch (CorpusException exception)
        {
            if (first) SkippedClips.Write(run.Skipped, exception.Skipped);
            Console.Error.WriteLine($"All samples that cannot be used are listed in {TerminalText.Name(run.Skipped)}");
            throw;
        }
    }

    private static (string Name, double Value)[] Figures(TuningMeasure measure) =>
    [
        ("loss", measure.Loss),
        .. new[] { ("perplexity", measure.Perplexity), ("reward_margin", measure.RewardMargin), ("reward_accuracy", measure.RewardAccuracy) }
            .Where(figure => figure.Item2 is not null).Select(figure => (figure.Item1, figure.Item2!.Value)),
    ];

    private static string Samples(FineTuningRun training, TuningData data) =>
        $"{data.TrainSamples} {(training.HasPairs ? "pairs" : "conversations")}"
        + (data.ValidationSamples > 0 ? $" and {data.ValidationSamples} for validation" : "") + (data.Skipped.Count > 0 ? $" ({data.Skipped.Count} left out)" : "");

    private static string Millions(long parameters) => parameters < 1_000_000 ? parameters.ToString("N0", CultureInfo.InvariantCulture) : $"{parameters / 1e6:0.00} M";
}
