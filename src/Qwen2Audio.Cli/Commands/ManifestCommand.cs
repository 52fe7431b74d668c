using System.CommandLine;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Corpora;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command manifest.</summary>
internal static class ManifestCommand
{
    private const int Shown = 10;

    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "The corpus, as its publisher distributes it." };
        var output = new Option<string>("--out", "-o") { Description = "Manifest to write; it must not exist yet. What is left out is listed in FILE.skipped.jsonl next to it.", HelpName = "FILE", Required = true };
        var layout = CommonOptions.OneOf("--layout", "Layout of the folder (default: recognised from its files).", null, [.. CorpusOptions.Layouts]);
        var dataset = new Option<string?>("--dataset") { Description = "Name of the dataset (default: that of the layout).", HelpName = "NAME" };
        var licence = new Option<string?>("--licence") { Description = "Licence to state in every row.", HelpName = "TEXT" };
        var source = new Option<string?>("--source") { Description = "Source to state in every row.", HelpName = "TEXT" };
        var percent = CommonOptions.Number("--validation", "Percentage of the training audio to set aside for validation, by whole speakers; only if the corpus has no validation part.", 0.0, 50, 5.0);
        var seed = CommonOptions.Number("--seed", "Seed for choosing the speakers.", 0, int.MaxValue, 1);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("manifest",
            """
            Lists the recordings of a corpus in a manifest, with durations and SHA-256: LibriSpeech, LJ Speech, Common Voice, VCTK, Kaldi's lists
            (speechocean762), Sphinx's (AN4), or audio files with text files of the same name. Reads every recording; those that cannot be used are left
            out and listed. docs/data.md says where to get corpora.

            Examples:
              qwen2audio manifest LibriSpeech -o librispeech.tsv --licence "CC BY 4.0"
              qwen2audio manifest recordings -o mine.tsv --layout pairs --dataset mine --validation 10
            """)
        {
            folder, output, layout, dataset, licence, source, percent, seed, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var path = parsed.GetValue(output)!;
            if (Path.Exists(path)) throw new UsageException($"{path} already exists; give a new name, or remove it.");
            var made = PercentProgress.Show(parsed.GetValue(folder)!, progress => CorpusManifest.Of(parsed.GetValue(folder)!, new CorpusOptions
            {
                Layout = parsed.GetValue(layout),
                Dataset = parsed.GetValue(dataset),
                Licence = parsed.GetValue(licence) ?? "",
                Source = parsed.GetValue(source) ?? "",
                ValidationPercent = parsed.GetValue(percent),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(threads),
                Progress = progress is null ? null : (done, all) => progress.Report((double)done / all),
            }, cancellation));
            made.Write(path);
            if (made.Skipped.Count > 0) SkippedClips.Write(path + ".skipped.jsonl", made.Skipped);
            foreach (var warning in made.Warnings) Warnings.Write(warning);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(Object(made, path));
            else Show(made, path);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static object Object(CorpusManifest made, string path) => new
    {
        manifest = path,
        made.Layout,
        splits = Splits(made).ToDictionary(split => split.Name, split => new { split.Clips, hours = Math.Round(split.Hours, 4), split.Speakers }),
        validation = made.ChosenForValidation,
        skipped = made.Skipped.Select(skipped => new { skipped.File, skipped.Line, skipped.Reason }),
        made.Warnings,
    };

    private static void Show(CorpusManifest made, string path)
    {
        Console.Out.WriteLine($"{TerminalText.Name(path)}: layout {made.Layout}");
        TextTable.Write(["split", "clips", "hours", "speakers"], Splits(made).Select(split => new[]
            { split.Name, $"{split.Clips}", split.Hours.ToString("0.00", CultureInfo.InvariantCulture), $"{split.Speakers}" }));
        if (made.ChosenForValidation.Count > 0) Console.Out.WriteLine($"moved to val: {TerminalText.Message(string.Join(", ", made.ChosenForValidation))}");
        foreach (var skipped in made.Skipped.Take(Shown)) Console.Error.WriteLine($"left out: {TerminalText.Message(CorpusManifest.Place(skipped))}");
        if (made.Skipped.Count > Shown) Console.Error.WriteLine($"left out: {made.Skipped.Count} in all; {TerminalText.Name(path)}.skipped.jsonl lists them");
    }

    private static IEnumerable<(string Name, int Clips, double Hours, int Speakers)> Splits(CorpusManifest made) => made.Rows.GroupBy(row => row.Split, StringComparer.Ordinal)
        .OrderBy(split => split.Key, StringComparer.Ordinal)
        .Select(split => (split.Key, split.Count(), split.Sum(row => row.Seconds) / 3600, split.Select(row => row.Speaker).Distinct(StringComparer.Ordinal).Count()));
}
