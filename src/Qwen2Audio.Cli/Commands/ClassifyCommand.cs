using System.CommandLine;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Results;
using Spectre.Console;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command classify.</summary>
internal static class ClassifyCommand
{
    private const int ShownLabels = 5;

    public static Command Create()
    {
        var files = CommonOptions.Files("Audio files: WAV or FLAC; MP3 with libmpg123; Ogg Vorbis, Opus and others with libsndfile; token files of the codec in the model's folder.");
        var model = CommonOptions.Model();
        var adapter = CommonOptions.Adapter();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var codebooks = CommonOptions.HeardCodebooks();
        var check = CommonOptions.CheckWeights();
        var labels = new Option<string?>("--labels")
        {
            Description = "Labels to choose from, separated by commas; the model's own sets by default (info lists them).",
            HelpName = "a,b,c",
        };
        var task = CommonOptions.OneOf("--task", "The task prompt; chosen by the model by default.", null, "sound", "keyword", "digit", "speech");
        var template = CommonOptions.Template();
        var command = new Command("classify",
            """
            Classifies audio files: a spoken digit, a keyword, a sound, or one of the given labels.

            Examples:
              qwen2audio classify samples/seven.wav
              qwen2audio classify samples/seven.wav --labels six,seven,eight --json
            """)
        {
            files, model, adapter, threads, json, check, codebooks, labels, task, template,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var chosen = parsed.GetValue(labels) is { } text ? Labels(text) : null;
            var options = new TaskOptions
            {
                Model = new ModelLoadOptions
                {
                    Threads = parsed.GetValue(threads),
                    CheckWeights = parsed.GetValue(check) ? true : null,
                    Adapter = CommonOptions.AdapterFolder(parsed.GetValue(adapter)),
                },
                Classifier = new ClassifierOptions { Task = parsed.GetValue(task) },
                Prompt = new PromptOptions { Template = CommonOptions.Template(parsed.GetValue(template)) },
            };
            using var classifier = LoadedClassifier.Load(CommonOptions.ModelFolder(parsed.GetValue(model)), options);
            Warnings.Write(classifier.Warnings);
            if (parsed.GetValue(task) is { } prompt && !classifier.LabelSets.ContainsKey(prompt))
                throw new UsageException($"--task is {prompt}; the model's tasks are: {(classifier.LabelSets.Count == 0 ? "none; give --labels" : string.Join(", ", classifier.LabelSets.Keys))}.");
            if (chosen is null && classifier.LabelSets.Count == 0) throw new UsageException($"a {classifier.Kind} model has no label sets of its own; give --labels a,b,c.");
            using var tokens = new HeardTokens(CommonOptions.ModelFolder(parsed.GetValue(model)), parsed.GetValue(codebooks), parsed.GetValue(threads));
            return Task.FromResult(PerFile.Run(parsed.GetValue(files)!, parsed.GetValue(json), file =>
            {
                var result = PercentProgress.Show(file, progress => tokens.Read(file, cancellation) is { } heard ? classifier.Classify(heard, chosen, progress, cancellation) : classifier.Classify(file, chosen, progress, cancellation));
                if (parsed.GetValue(json)) JsonOutput.WriteLine(Line(file, result));
                else Show(file, result, parsed.GetValue(files)!.Length > 1, chosen?.Length ?? ShownLabels);
            }));
        });
        return command;
    }

    private static string[] Labels(string text)
    {
        var labels = text.Split(',', StringSplitOptions.TrimEntries);
        if (labels.Any(label => label.Length == 0)) throw new UsageException($"--labels {text}: a label is empty; give labels separated by commas.");
        if (labels.Select(label => label.Replace('_', ' ')).Distinct(StringComparer.OrdinalIgnoreCase).Count() < labels.Length)
            throw new UsageException($"--labels {text}: a label is given twice.");
        return labels;
    }

    private static object Line(string file, Classification result) => new
    {
        file,
        result.Task,
        result.InDomain,
        labels = result.Labels.Select(label => new { label.Label, probability = Math.Round(label.Probability, 5) }),
        speech_probability = result.SpeechProbability is { } p ? Math.Round(p, 4) : (double?)null,
        result.Language,
        language_probability = result.LanguageProbability is { } sure ? Math.Round(sure, 4) : (double?)null,
        warnings = result.Warnings.Select(warning => warning.Text),
        seconds_of_audio = Math.Round(result.SecondsOfAudio, 3),
        seconds_taken = Math.Round(result.SecondsTaken, 3),
    };

    private static void Show(string file, Classification result, bool named, int maxLabels)
    {
        foreach (var warning in result.Warnings) Console.Error.WriteLine($"{TerminalText.Name(file)}: {TerminalText.Message(warning.Text)}");
        if (result.Labels.Count == 0) return; // a warning says why
        if (named) Console.Out.WriteLine($"{TerminalText.Name(file)} ({result.Task})");
        var shown = result.Labels.Take(maxLabels).ToList();
        if (result.Labels.Skip(maxLabels).ToList() is { Count: > 0 } rest)
            shown.Add(new LabelProbability($"({rest.Count} other labels)", rest.Sum(label => label.Probability)));
        if (Console.IsOutputRedirected)
        {
            foreach (var label in shown) Console.Out.WriteLine($"{100 * label.Probability,6:0.0} %  {label.Label}");
            return;
        }

        var chart = new BarChart().Width(60).WithMaxValue(100);
        foreach (var label in shown) chart.AddItem(Markup.Escape(label.Label), Math.Round(100 * label.Probability, 1), Color.Teal);
        AnsiConsole.Write(chart);
    }
}
