using System.CommandLine;
using System.Globalization;
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
        var skipped = CommonOptions.Number("--max-skipped-percent", "Clips that may be left out, of a hundred, before the figures count as failed.", 0.0, 100.0, 5.0);
        var command = new Command("evaluate",
            """
            Measures a model on the rows of a manifest: word error, accuracy, speed, each with its counts.

            Example:
              qwen2audio evaluate ../shared/data/MANIFEST.tsv
            """)
        {
            manifest, model, threads, json, split, datasets, limit, beam, weight, skipped,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var named = parsed.GetValue(datasets)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (named is { Length: 0 }) throw new UsageException("--datasets is empty: give names of datasets separated by commas.");
            var options = new ValidationOptions
            {
                Manifest = parsed.GetValue(manifest)!,
                Split = parsed.GetValue(split)!,
                Datasets = named,
                Limit = parsed.GetValue(limit),
                BeamWidth = parsed.GetValue(beam),
                CtcWeight = parsed.GetValue(weight),
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            };
            var result = ValidationRun.Run(
                CommonOptions.ModelFolder(parsed.GetValue(model)), options, new AudioModelOptions { Threads = parsed.GetValue(threads) }, cancellation);
            if (parsed.GetValue(json)) Console.Out.WriteLine(ValidationReport.ToJson(result));
            else Console.Out.Write(Plain.Lines(ValidationReport.ToText(result)));
            return Task.FromResult(Verdict(result, parsed.GetValue(skipped)));
        });
        return command;
    }

    /// <summary>Says on standard error what was left out; figures of nothing, or of too little of the data, are a failure.</summary>
    private static int Verdict(ValidationResult result, double maxSkippedPercent)
    {
        foreach (var reason in result.Skipped) Console.Error.WriteLine($"left out: {Plain.Message(reason)}");
        var total = result.Rows + result.Skipped.Count;
        if (result.Rows == 0) Console.Error.WriteLine($"qwen2audio: no clip was measured: {result.Skipped.Count} of {total} were left out");
        else if (100 * result.SkippedShare > maxSkippedPercent)
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"qwen2audio: {result.Skipped.Count} of {total} clips were left out, {100 * result.SkippedShare:0.#} %; --max-skipped-percent allows {maxSkippedPercent} %"));
        else return ExitCodes.Success;
        return ExitCodes.BadInput;
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
