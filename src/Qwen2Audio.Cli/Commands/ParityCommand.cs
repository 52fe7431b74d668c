using System.CommandLine;
using Qwen2Audio.Inference.Parity;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command parity.</summary>
internal static class ParityCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "Model folder with expected.safetensors (and expected.json)." };
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("parity",
            """
            Runs a checkpoint on recorded inputs and compares every recorded tensor with the result. The exit code is 0 only if all are
            within their bounds; otherwise the first part of the model that differs is named. Language models, Qwen2-Audio and Whisper run
            on their recorded inputs; codecs (EnCodec, DAC, Mimi) encode the recorded sounds and decode the recorded codes.

            Example:
              qwen2audio parity tests/fixtures/qwen2-moe-mixed
            """)
        {
            folder, threads, json,
        };
        command.SetAction(parsed =>
        {
            using var pool = new WorkerPool(parsed.GetValue(threads));
            var report = ParityRun.Of(CommonOptions.ModelFolder(parsed.GetValue(folder)!), pool);
            if (parsed.GetValue(json)) Write(report);
            else Show(report);
            if (report.FirstDifference is { } first)
                Console.Error.WriteLine($"qwen2audio: {report.Folder} differs first in {first.Part} ({first.Tensor}: {first.Difference:0.0e+0} over {first.Bound:0.0e+0})");
            return report.Ok ? ExitCodes.Success : ExitCodes.Bug;
        });
        return command;
    }

    private static void Write(ParityReport report)
    {
        foreach (var result in report.Results) JsonOutput.WriteLine(Line(result));
        JsonOutput.WriteLine(new
        {
            report.Folder,
            report.Kind,
            report.Ok,
            compared = report.Results.Count,
            differ = report.Results.Count(result => !result.Ok),
            first_difference = report.FirstDifference?.Part,
            report.NotCompared,
        });
    }

    private static object Line(ParityResult result) => new
    {
        result.Tensor,
        result.Part,
        result.Measure,
        result.Difference,
        result.Bound,
        result.Compared,
        result.Ok,
    };

    private static void Show(ParityReport report)
    {
        TextTable.Write(["tensor", "part", "measure", "difference", "bound", "compared", ""], report.Results.Select(result => new[]
        {
            result.Tensor, result.Part, result.Measure.ToString().ToLowerInvariant(), $"{result.Difference:0.0e+0}", $"{result.Bound:0.0e+0}",
            $"{result.Compared}", result.Ok ? "ok" : "differs",
        }));
        if (report.NotCompared.Count > 0) Console.Out.WriteLine($"recorded but not compared: {string.Join(", ", report.NotCompared)}");
        Console.Out.WriteLine(report.Ok ? $"{report.Folder}: {report.Kind}, all {report.Results.Count} recorded tensors within their bounds" : $"{report.Folder}: {report.Kind}, differs");
    }
}
