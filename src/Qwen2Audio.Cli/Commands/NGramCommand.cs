using System.CommandLine;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Training.NGrams;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command ngram.</summary>
internal static class NGramCommand
{
    public static Command Create()
    {
        var texts = CommonOptions.Files("Text files (UTF-8) with one sentence per line, and manifests (.tsv, .jsonl): their train rows are trained on, their val rows measured.");
        var datasets = new Option<string?>("--datasets") { Description = "Which datasets of the manifests to train on, and how often to count their texts (default: all but labels, once).", HelpName = "a=10,b" };
        var output = new Option<string?>("--out", "-o") { Description = "Train on the texts and write the model to this file.", HelpName = "FILE" };
        var model = new Option<string?>("--model", "-m") { Description = "Measure this model on the texts: a file written by this command, or in ARPA format.", HelpName = "FILE" };
        var order = CommonOptions.Number("--order", "Order of the model: the longest n-grams, in words.", 1, 3, 3);
        var vocabulary = CommonOptions.Number("--vocabulary", "Vocabulary size; the most frequent words are kept.", 1, 2_000_000, 65_000);
        var size = CommonOptions.Number("--megabytes", "Prune the model to a file of at most this size, in MiB; 0: do not prune.", 0.0, 1024, 5.0);
        var spelled = CommonOptions.Number("--spelled", "Also train on this number of made-up texts: spelled names, letters, digits, numbers, dates, control words.", 0, 10_000_000, 0);
        var json = CommonOptions.Json();
        var command = new Command("ngram",
            """
            Trains an n-gram language model for the recogniser (transcribe --language-model), or measures the perplexity of one. Texts are normalised
            like transcripts: lower case, no punctuation. Lines with digits or letters other than a–z are left out and counted.

            Examples:
              qwen2audio ngram corpus.txt -o english.ngram --megabytes 5
              qwen2audio ngram corpus.txt --spelled 70000 -o mixed.ngram
              qwen2audio ngram corpus.txt MANIFEST.tsv --datasets commands=50,talks=10 -o mixed.ngram
              qwen2audio ngram MANIFEST.tsv --model english.ngram
            """)
        {
            texts, output, model, order, vocabulary, size, spelled, datasets, json,
        };
        command.SetAction(parsed =>
        {
            var files = parsed.GetValue(texts)!;
            if (parsed.GetValue(output) is null == parsed.GetValue(model) is null) throw new UsageException("give one of --out FILE, to train, and --model FILE, to measure.");
            if (parsed.GetValue(model) is { } path) Measure(NGramFile.Read(path), files, parsed.GetValue(json));
            else Train(files, CommonOptions.Names(parsed.GetValue(datasets), "--datasets"), parsed.GetValue(spelled), parsed.GetValue(output)!, new NGramOptions
            {
                Order = parsed.GetValue(order),
                Vocabulary = parsed.GetValue(vocabulary),
                MaxBytes = parsed.GetValue(size) > 0 ? (long)(parsed.GetValue(size) * (1 << 20)) : null,
            }, parsed.GetValue(json));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Train(string[] files, string[]? datasets, int spelled, string path, NGramOptions options, bool json)
    {
        if (Path.Exists(path)) throw new UsageException($"{path} already exists; give a new name, or remove it.");
        var corpus = NGramCorpus.Of(files.Where(file => !ManifestTexts.IsManifest(file)).SelectMany(NGramCorpus.Lines)
            .Concat(ManifestTexts.Train([.. files.Where(ManifestTexts.IsManifest)], datasets).Select(NGramCorpus.Normalise)).Concat(NGramCorpus.Spelled(spelled)), options.Vocabulary);
        if (corpus.Sentences == 0) throw new InputException($"{string.Join(", ", files)}: found no sentence with letters; allowed: text with one sentence per line.");
        if (corpus.LeftOut > 0) Warnings.Write($"{corpus.LeftOut} lines contain characters other than letters and punctuation, and were left out");
        var model = NGramTrainer.Train(corpus, options);
        NGramFile.Write(path, model);
        var counts = model.Orders.Select(order => order.Count).ToArray();
        if (json) JsonOutput.WriteLine(new { model = path, bytes = new FileInfo(path).Length, words = corpus.WordCount, sentences = corpus.Sentences, left_out = corpus.LeftOut, ngrams = counts });
        else Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Name(path)}: {Bytes.Shown(new FileInfo(path).Length)}, {string.Join(" + ", counts)} n-grams from {corpus.WordCount} words in {corpus.Sentences} sentences"));
    }

    private static void Measure(NGramModel model, string[] files, bool json)
    {
        foreach (var (name, sentences) in files.SelectMany(Texts))
        {
            var result = NGramPerplexity.Of(model, sentences);
            if (result.LeftOut > 0) Warnings.Write($"{name}: {result.LeftOut} texts contain characters other than letters and punctuation, and were left out");
            if (result.Sentences == 0) throw new InputException($"{name}: found no sentence with letters; allowed: text with one sentence per line.");
            var share = 100.0 * result.UnknownWords / result.Words;
            if (json) JsonOutput.WriteLine(new { text = name, perplexity = Math.Round(result.Perplexity, 2), words = result.Words, sentences = result.Sentences, unknown_words = result.UnknownWords, left_out = result.LeftOut });
            else Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Name(name)}: perplexity {result.Perplexity:0.0} over {result.Words} words in {result.Sentences} sentences; {share:0.00} % unknown words, which are not counted"));
        }
    }

    private static IEnumerable<(string Name, IEnumerable<string?> Sentences)> Texts(string file) => ManifestTexts.IsManifest(file)
        ? ManifestTexts.Validation(file).Select(set => ($"{file}, {set.Dataset}", set.Texts.Select(NGramCorpus.Normalise))) : [(file, NGramCorpus.Lines(file))];
}
