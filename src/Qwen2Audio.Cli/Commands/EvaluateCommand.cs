using System.CommandLine;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>evaluate MANIFEST</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var manifest = new Argument<string>("MANIFEST") { Description = "Tab-separated list of clips with path, dataset, text_or_label, split." };
        var model = CommonOptions.Model();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var split = new Option<string>("--split") { Description = "Rows to measure on.", DefaultValueFactory = _ => "val" };
        var datasets = new Option<string?>("--datasets") { Description = "Only these, separated by commas.", HelpName = "a,b" };
        var limit = CommonOptions.Number("--limit", "At most so many clips of each dataset.", 1, int.MaxValue);
        var beam = CommonOptions.Beam();
        var weight = CommonOptions.Number("--ctc-weight", "Share of the CTC score in the combined one, 0…1.", 0.0, 1.0);
        var command = new Command("evaluate",
            """
            Measures a model on the rows of a manifest: word error, accuracy, speed, each with its counts.

            Example:
              qwen2audio evaluate ../shared/data/MANIFEST.tsv
            """)
        {
            manifest, model, threads, json, split, datasets, limit, beam, weight,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new ValidationOptions
            {
                Manifest = parsed.GetValue(manifest)!,
                Split = parsed.GetValue(split)!,
                Datasets = parsed.GetValue(datasets)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                Limit = parsed.GetValue(limit),
                BeamWidth = parsed.GetValue(beam),
                CtcWeight = parsed.GetValue(weight),
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            };
            var result = ValidationRun.Run(
                CommonOptions.ModelFolder(parsed.GetValue(model)), options, new AudioModelOptions { Threads = parsed.GetValue(threads) }, cancellation);
            if (parsed.GetValue(json)) Console.Out.WriteLine(ValidationReport.ToJson(result));
            else Console.Out.Write(ValidationReport.ToText(result));
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private sealed class EvaluationProgress : IProgress<ValidationProgress>
    {
        public void Report(ValidationProgress value)
        {
            if (value.Done % 25 == 0 || value.Done == value.Total) Console.Error.Write($"\r{value.Done} of {value.Total}");
            if (value.Done == value.Total) Console.Error.WriteLine();
        }
    }
}
