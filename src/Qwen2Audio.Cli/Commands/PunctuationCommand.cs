using System.CommandLine;
using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Training.Punctuation;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command punctuation.</summary>
internal static class PunctuationCommand
{
    public static Command Create()
    {
        var texts = CommonOptions.Files("Text files (UTF-8) as printed, one paragraph per line, and manifests (.tsv, .jsonl): their train rows are learnt from, their val rows measured.");
        var datasets = new Option<string?>("--datasets") { Description = "Which datasets of the manifests to learn from, and how often to count their texts (default: all but labels, once).", HelpName = "a=10,b" };
        var output = new Option<string?>("--out", "-o") { Description = "Learn from the texts and write the model to this file.", HelpName = "FILE" };
        var model = new Option<string?>("--model", "-m") { Description = "Measure this model on the texts: a file written by this command.", HelpName = "FILE" };
        var pauses = new Option<string?>("--pauses") { Description = "Recordings of printed texts, aligned by the command align: to learn how speakers pause at marks, or to measure with their pauses.", HelpName = "FILE.jsonl" };
        var size = CommonOptions.Number("--megabytes", "Round the weights so that the file has at most this size, in MiB.", 0.01, 64, 1.0);
        var epochs = CommonOptions.Number("--epochs", "How often to go through the texts.", 1, 100, 2);
        var rate = CommonOptions.Number("--rate", "Learning rate.", 0.001, 10, 0.1);
        var least = CommonOptions.Number("--least", "How often a combination of words must have been seen where the model was unsure before it is learnt.", 0, 100, 8);
        var json = CommonOptions.Json();
        var command = new Command("punctuation",
            """
            Learns capital letters and punctuation from printed text, so that transcripts read like text; or measures how well they are restored.
            The file belongs in a model's folder, named text.punctuation. Numbers should be words, as the recogniser hears them.

            Examples:
              qwen2audio punctuation books.txt MANIFEST.tsv --datasets talks=10 -o text.punctuation
              qwen2audio punctuation books.txt --pauses alignments.jsonl -o text.punctuation
              qwen2audio punctuation held-out.txt MANIFEST.tsv --model text.punctuation
            """)
        {
            texts, output, model, size, epochs, rate, least, pauses, datasets, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var files = parsed.GetValue(texts)!;
            if (parsed.GetValue(output) is null == parsed.GetValue(model) is null) throw new UsageException("give one of --out FILE, to learn, and --model FILE, to measure.");
            if (parsed.GetValue(model) is { } path) Measure(PunctuationFile.Read(path), files, parsed.GetValue(pauses), parsed.GetValue(json));
            else Train(files, CommonOptions.Names(parsed.GetValue(datasets), "--datasets"), parsed.GetValue(pauses), parsed.GetValue(output)!, new PunctuationOptions
            {
                MaxBytes = (long)(parsed.GetValue(size) * (1 << 20)),
                Epochs = parsed.GetValue(epochs),
                LearningRate = parsed.GetValue(rate),
                LeastOccurrences = parsed.GetValue(least),
            }, parsed.GetValue(json), cancellation);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static void Train(string[] files, string[]? datasets, string? pauses, string path, PunctuationOptions options, bool json, CancellationToken cancellation)
    {
        if (Path.Exists(path)) throw new UsageException($"{path} already exists; give a new name, or remove it.");
        var corpus = new PunctuatedCorpus();
        foreach (var file in files.Where(file => !ManifestTexts.IsManifest(file))) corpus.AddFile(file);
        foreach (var text in ManifestTexts.Train([.. files.Where(ManifestTexts.IsManifest)], datasets)) corpus.Add(text);
        if (pauses is not null)
        {
            foreach (var clip in AlignedClip.Read(pauses)) corpus.Pauses.Add(clip);
            if (corpus.Pauses.Count == 0) throw new InputException($"{pauses}: found no clip whose text has the words that were aligned; allowed: a file of the command align.");
        }

        if (corpus.Passages == 0) throw new InputException($"{string.Join(", ", files)}: found no passage with capitals and punctuation; allowed: text as it is printed, one paragraph per line.");
        if (corpus.LeftOut > 0) Warnings.Write($"{corpus.LeftOut} passages have neither capitals nor punctuation, and were left out");
        PunctuationModel model;
        try
        {
            model = PercentProgress.Show(path, progress => PunctuationTrainer.Train(corpus, options, progress, cancellation));
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"--megabytes: {exception.Message}");
        }

        PunctuationFile.Write(path, model);
        var bytes = new FileInfo(path).Length;
        if (json) JsonOutput.WriteLine(new { model = path, bytes, words = corpus.Words, passages = corpus.Passages, pauses = corpus.Pauses.Count, left_out = corpus.LeftOut, capitals = model.Forms.Lines.Count, step = Math.Round(model.Step, 4) });
        else Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{TerminalText.Name(path)}: {bytes / 1048576.0:0.00} MiB, {model.Forms.Lines.Count} words with capitals, weights in steps of {model.Step:0.00}, from {corpus.Words} words in {corpus.Passages} passages and {corpus.Pauses.Count} pauses"));
    }

    private static void Measure(PunctuationModel model, string[] files, string? pauses, bool json)
    {
        var punctuator = new Punctuator(model);
        if (pauses is not null) Measure(punctuator, pauses, json);
        foreach (var (name, passages) in files.SelectMany(Texts))
        {
            var (restored, plain) = (new PunctuationScores(), new PunctuationScores());
            foreach (var passage in passages)
            {
                restored.Add(passage, words => punctuator.Write(words));
                plain.Add(passage, OneSentence);
            }

            if (restored.Words == 0) throw new InputException($"{name}: found no passage of words; allowed: text as it is printed, one paragraph per line, numbers as words.");
            if (restored.IsPrinted) Write(name, restored, plain, json);
            else Warnings.Write($"{name}: no text has capitals or punctuation, so nothing can be compared");
        }
    }

    /// <summary>Measures aligned clips without and with their pauses.</summary>
    private static void Measure(Punctuator punctuator, string pauses, bool json)
    {
        var (restored, paused, plain) = (new PunctuationScores(), new PunctuationScores(), new PunctuationScores());
        foreach (var clip in AlignedClip.Read(pauses))
        {
            var words = PunctuatedText.Words(clip.Text);
            if (PauseCounts.Pauses(clip, words) is not { } lengths) continue;
            restored.Add(words, heard => punctuator.Write(heard));
            paused.Add(words, heard => punctuator.Write(heard, lengths));
            plain.Add(words, OneSentence);
        }

        if (!restored.IsPrinted) throw new InputException($"{pauses}: found no clip whose text has capitals or punctuation and the words that were aligned; allowed: a file of the command align.");
        Write($"{pauses}, without pauses", restored, plain, json);
        Write($"{pauses}, with pauses", paused, plain, json);
    }

    /// <summary>What is compared with: a capital first, a full stop last.</summary>
    private static string[] OneSentence(IReadOnlyList<string> words) =>
        [.. words.Select((word, i) => (i == 0 ? char.ToUpperInvariant(word[0]) + word[1..] : word) + (i == words.Count - 1 ? "." : ""))];

    private static void Write(string name, PunctuationScores restored, PunctuationScores plain, bool json)
    {
        (string Name, Func<PunctuationScores, RestoredCounts> Counts)[] kinds =
        [
            ("commas", scores => scores.Commas), ("full stops", scores => scores.FullStops), ("question marks", scores => scores.QuestionMarks),
            ("capitals", scores => scores.Capitals), ("capitals inside sentences", scores => scores.CapitalsInside),
        ];
        if (json)
        {
            JsonOutput.WriteLine(new
            {
                text = name,
                words = restored.Words,
                restored = kinds.ToDictionary(kind => kind.Name.Replace(' ', '_'), kind => Numbers(kind.Counts(restored))),
                one_sentence = kinds.ToDictionary(kind => kind.Name.Replace(' ', '_'), kind => Numbers(kind.Counts(plain))),
            });
            return;
        }

        Console.Out.WriteLine($"{TerminalText.Name(name)}: {restored.Words} words");
        TextTable.Write(["", "in the text", "precision", "recall", "F1", "F1 as one sentence"],
            kinds.Select(kind => (kind.Name, Restored: kind.Counts(restored), Plain: kind.Counts(plain)))
                .Select(row => new[] { row.Name, $"{row.Restored.Printed}", $"{row.Restored.Precision:P1}", $"{row.Restored.Recall:P1}", $"{row.Restored.F1:P1}", $"{row.Plain.F1:P1}" }));
    }

    private static object Numbers(RestoredCounts counts) =>
        new { counts.Printed, precision = Math.Round(counts.Precision, 4), recall = Math.Round(counts.Recall, 4), f1 = Math.Round(counts.F1, 4) };

    private static IEnumerable<(string Name, IEnumerable<string> Passages)> Texts(string file)
    {
        if (ManifestTexts.IsManifest(file)) return ManifestTexts.Validation(file).Select(set => ($"{file}, {set.Dataset}", set.Texts));
        var text = PlainFile.ReadAllText(file);
        return [(file, text.Split('\n'))];
    }
}
