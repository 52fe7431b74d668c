using System.CommandLine;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Calibration;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command calibrate.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "Folder of a small speech model, or of a training run (its newest checkpoint is used)." };
        var manifest = new Option<string[]>("--manifest") { Description = "Manifests of recordings: statistics come from the \"train\" rows, confidences, thresholds and rates from the \"val\" rows.", HelpName = "FILE", Required = true, AllowMultipleArgumentsPerToken = true };
        var outside = new Option<string?>("--outside") { Description = "Datasets in the manifest that are outside the model's domain; they are only measured.", HelpName = "a,b" };
        var more = new Option<string?>("--outside-manifest") { Description = "Manifest of more out-of-domain recordings; their \"val\" rows are measured.", HelpName = "FILE" };
        var texts = CommonOptions.Number("--text-alarms", "Highest false alarm rate for words on in-domain clips, in percent.", 0.01, 50, 2.0);
        var hallucinations = CommonOptions.Number("--hallucination-alarms", "Highest false alarm rate for words that are not in the audio on in-domain clips, in percent.", 0.01, 50, 1.0);
        var labels = CommonOptions.Number("--label-alarms", "Highest false alarm rate for labels on in-domain clips, in percent, for each score.", 0.01, 50, 5.0);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("calibrate",
            """
            Fits the confidences of a small speech model's words and the test of words that are not in the audio, sets the thresholds beyond which
            it warns that its words or labels cannot be trusted, and writes both into its folder (domain.json, domain.safetensors). Reports the calibration error of the confidences and the
            rates of false and missed alarms.

            Example:
              qwen2audio calibrate models/default --manifest ../shared/data/MANIFEST.tsv --outside kathleen
            """)
        {
            model, manifest, outside, more, texts, hallucinations, labels, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new CalibrationOptions
            {
                Manifests = parsed.GetValue(manifest)!,
                Outside = parsed.GetValue(outside)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                OutsideManifest = parsed.GetValue(more),
                TextAlarms = parsed.GetValue(texts) / 100,
                HallucinationAlarms = parsed.GetValue(hallucinations) / 100,
                LabelAlarms = parsed.GetValue(labels) / 100,
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            };
            var folder = CommonOptions.ModelFolder(parsed.GetValue(model));
            using var loaded = SpeechModel.Load(folder, new ModelLoadOptions { Threads = parsed.GetValue(threads), IgnoreDomain = true });
            var result = DomainCalibration.Run(loaded, options, cancellation);
            foreach (var reason in result.Skipped) Console.Error.WriteLine($"left out: {TerminalText.Message(reason)}");
            if (parsed.GetValue(json)) JsonOutput.WriteLine(Object(result));
            else Show(result);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static object Object(CalibrationResult result) => new
    {
        result.Model,
        thresholds = result.Thresholds.ToDictionary(pair => pair.Key, pair => new { pair.Value.Threshold, pair.Value.Clips }),
        alarms = result.Rates.Select(rate => new
        {
            rate.Of,
            rate.On,
            kind = rate.InDomain ? "false" : "missed",
            rate.Count,
            rate.Total,
            interval = new[] { Math.Round(rate.Interval.Low, 4), Math.Round(rate.Interval.High, 4) },
        }),
        words = new { count = result.Words.Words, right = result.Words.Right, calibration_error = Rounded(result.Words.Value) },
        result.Skipped,
    };

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 4) : null;

    private static void Show(CalibrationResult result)
    {
        Console.Out.WriteLine(TerminalText.Name(result.Model));
        foreach (var (of, (threshold, clips)) in result.Thresholds)
            Console.Out.WriteLine($"{of}: threshold {threshold:0.####}, set from {clips} clips");
        if (result.Words.Value is { } error)
            Console.Out.WriteLine($"confidences: expected calibration error {error:0.000} over {result.Words.Words} words, of which {Percent((double)result.Words.Right / result.Words.Words)} are right");
        TextTable.Write(["of", "clips", "alarms", "count", "rate", "95 %"], result.Rates.Select(rate => new[]
        {
            rate.Of, rate.On, rate.InDomain ? "false" : "missed", $"{rate.Count}/{rate.Total}", Percent(rate.Rate), $"{Percent(rate.Interval.Low)} – {Percent(rate.Interval.High)}",
        }));
    }

    private static string Percent(double share) => $"{100 * share:0.0} %";
}
