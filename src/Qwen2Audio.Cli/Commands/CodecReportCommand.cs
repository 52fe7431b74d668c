using System.CommandLine;
using Qwen2Audio.Evaluation.Codecs;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Training.Codec;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command codec-report.</summary>
internal static class CodecReportCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("MANIFEST|FOLDER") { Description = "The clips: a manifest as for evaluate, or a folder of audio files." };
        var model = new Option<string?>("--model", "-m") { Description = "Folder of the codec, or of a training run (default: the shipped codec). With --decoded but without --model, only those folders are compared.", HelpName = "DIR" };
        var codebooks = new Option<string?>("--codebooks") { Description = "Numbers of codebooks to measure with, separated by commas (default: several, up to all).", HelpName = "6,3,1" };
        var decoded = new Option<string[]>("--decoded")
        {
            Description = "Folders of the same clips decoded by another codec: WAV or FLAC, each with its path relative to the manifest or folder.",
            HelpName = "DIR",
            AllowMultipleArgumentsPerToken = true,
        };
        var rate = CommonOptions.Number("--rate", "Without --model: sampling rate of the comparison, in Hz.", 8000, 192_000, 16_000);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var split = new Option<string>("--split") { Description = "Rows of the manifest to measure on.", DefaultValueFactory = _ => "val" };
        var datasets = new Option<string?>("--datasets") { Description = "Only these, separated by commas.", HelpName = "a,b" };
        var limit = CommonOptions.Number("--limit", "At most this many clips of each dataset.", 1, int.MaxValue);
        var answers = new Option<string?>("--out", "-o") { Description = "File that gets one JSON line per clip, as soon as the clip is measured.", HelpName = "FILE.jsonl" };
        var resume = new Option<bool>("--resume") { Description = "Continue the --out file: clips that already have a line there are not measured again." };
        var sounds = new Option<string?>("--sounds") { Description = "Folder for the clips and the decoded audio, as WAV files.", HelpName = "DIR" };
        var page = new Option<string?>("--page") { Description = "Write an HTML page with the tables, spectrograms before and after, and audio players.", HelpName = "FILE.html" };
        var statistics = new Option<bool>("--statistics") { Description = $"Count the codes and write the counts to {TokenStatistics.FileName} in the codec's folder, which makes its token files smaller. Use training clips." };
        var gains = new Option<bool>("--gains") { Description = $"Measure how much too quiet decoded audio is at each number of codebooks and write the correction to {OutputGains.FileName} in the codec's folder; decoding then applies it. Our codec only. Use training clips." };
        var pageClips = CommonOptions.Number("--page-clips", "Number of clips on the page.", 1, 100, 6);
        var skipped = CommonOptions.Number("--max-skipped-percent", "Percentage of clips that may be left out before the report counts as failed.", 0.0, 100.0, 5.0);
        var command = new Command("codec-report",
            """
            Measures a codec at several bitrates: spectral distances, SI-SDR, intelligibility (STOI, ESTOI), codebook use, speed. The table can also
            compare audio that other codecs have decoded.

            Examples:
              qwen2audio codec-report ../shared/data/MANIFEST.tsv --model runs/codec --page report.html
              qwen2audio codec-report ../shared/data/MANIFEST.tsv --split train --limit 200 --model runs/codec --statistics --gains
              qwen2audio codec-report recordings --decoded opus-6 opus-8
            """)
        {
            source, model, codebooks, decoded, rate, threads, json, split, datasets, limit, answers, resume, sounds, statistics, gains, page, pageClips, skipped,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var folders = parsed.GetValue(decoded) ?? [];
            var folder = parsed.GetValue(model) is null && folders.Length > 0 ? null : CommonOptions.CodecFolder(parsed.GetValue(model));
            if (parsed.GetValue(resume) && parsed.GetValue(answers) is null) throw new UsageException("--resume needs --out FILE, the file to continue.");
            if (parsed.GetValue(resume) && parsed.GetValue(sounds) is not null) throw new UsageException("--resume skips clips that were measured, so --sounds would be incomplete; give only one of the two.");
            if (folder is not null && parsed.GetResult(rate) is { Implicit: false }) throw new UsageException("--rate is for reports without --model; a codec has its own rate.");
            if (parsed.GetValue(page)?.EndsWith(".html", StringComparison.OrdinalIgnoreCase) == false)
                throw new UsageException($"--page is {parsed.GetValue(page)}: a name that ends with .html is needed."); // a mistyped one must not replace another file
            if (folder is null && parsed.GetValue(codebooks) is not null) throw new UsageException("--codebooks needs --model DIR.");
            if (folder is null && parsed.GetValue(statistics)) throw new UsageException("--statistics needs --model DIR, the folder to write to.");
            using var codec = folder is null ? null : ReportedCodec.Open(folder, parsed.GetValue(threads));
            var chosen = Numbers(parsed.GetValue(codebooks), codec?.Codebooks ?? []);
            if (parsed.GetValue(statistics) && chosen?.Contains(codec!.Config.Stages) == false) throw new UsageException($"--statistics needs all codebooks; add {codec.Config.Stages} to --codebooks.");
            if (parsed.GetValue(gains))
            {
                if (codec?.IsOurs != true) throw new UsageException("--gains needs --model DIR of our codec, whose folder gets them.");
                if (chosen is not null && codec.Codebooks.Except(chosen).Any()) throw new UsageException($"--gains needs every number of codebooks: --codebooks {string.Join(',', codec.Codebooks)}.");
                chosen = codec.Codebooks;
            }

            using var spectra = new SpectralDistance();
            var report = CodecReportRun.Run(codec, new CodecReportOptions
            {
                Source = parsed.GetValue(source)!,
                Split = parsed.GetValue(split)!,
                Datasets = CommonOptions.Names(parsed.GetValue(datasets), "--datasets"),
                Limit = parsed.GetValue(limit),
                Codebooks = chosen,
                Decoded = folders,
                SamplingRate = parsed.GetValue(rate),
                Answers = parsed.GetValue(answers),
                Resume = parsed.GetValue(resume),
                Sounds = parsed.GetValue(sounds),
                WriteStatistics = parsed.GetValue(statistics),
                WriteGains = parsed.GetValue(gains),
                Page = parsed.GetValue(page),
                PageClips = parsed.GetValue(pageClips),
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            }, spectra.Measure, cancellation);
            foreach (var warning in report.Warnings) Warnings.Write(warning);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(report);
            else Write(report);
            return Task.FromResult(LeftOut.Verdict(report.Clips, report.Skipped, report.SkippedShare, parsed.GetValue(skipped)));
        });
        return command;
    }

    private static void Write(CodecReport report)
    {
        foreach (var note in CodecReportText.Notes(report)) Console.Out.WriteLine(TerminalText.Message(note));
        TextTable.Write(CodecReportText.Heading, report.Rows.Select(CodecReportText.Cells));
        if (report.Codebooks.Count > 0) TextTable.Write(CodecReportText.BookHeading, report.Codebooks.Select(CodecReportText.Cells));
    }

    private static IReadOnlyList<int>? Numbers(string? text, IReadOnlyList<int> possible)
    {
        if (CommonOptions.Names(text, "--codebooks") is not { } parts) return null;
        List<int> numbers = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)];
        var wrong = numbers.FindIndex(number => !possible.Contains(number));
        return wrong < 0 ? numbers : throw new UsageException($"--codebooks has {parts[wrong]}: the codec allows {string.Join(", ", possible)}.");
    }
}
