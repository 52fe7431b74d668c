using System.CommandLine;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.NGrams;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command sentences.</summary>
internal static class SentencesCommand
{
    private const int AtOnce = 64; // books in memory

    public static Command Create()
    {
        var books = CommonOptions.Files("Books or other prose as plain text. A folder: all .txt files below it.");
        var output = new Option<string>("--out", "-o") { Description = "File to write, one sentence per line.", HelpName = "FILE", Required = true };
        var without = new Option<string[]>("--without")
        {
            Description = $"Manifests: leave out sentences that share {HeldOutTexts.Length} words in a row with a text of a row that is not of the split train.",
            HelpName = "MANIFEST",
            AllowMultipleArgumentsPerToken = true,
        };
        var json = CommonOptions.Json();
        var command = new Command("sentences",
            """
            Turns books into text for a language model (ngram): one sentence per line, in lower case and without punctuation; numbers, dates and
            abbreviations as words. Project Gutenberg's licence, headings, tables, and notes in brackets are left out.

            Example:
              qwen2audio sentences books -o prose.txt --without MANIFEST.tsv
            """)
        {
            books, output, without, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var path = parsed.GetValue(output)!;
            if (Path.Exists(path)) throw new UsageException($"{path} already exists; give a new name, or remove it.");
            var held = new HeldOutTexts(parsed.GetValue(without)!.SelectMany(file => Manifest.Read(file).Rows)
                .Where(row => !Splits.Matches(row.Split, Splits.Train)).Select(row => NGramCorpus.Normalise(row.Text)).OfType<string>());
            Write(Files(parsed.GetValue(books)!), path, held, parsed.GetValue(json), cancellation);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static List<string> Files(string[] names)
    {
        List<string> files = [];
        foreach (var name in names)
        {
            if (Directory.Exists(name)) files.AddRange(Directory.EnumerateFiles(name, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
            else files.Add(name);
        }

        return files.Count > 0 ? files : throw new InputException($"{string.Join(", ", names)}: found no .txt file.");
    }

    private static void Write(List<string> files, string path, HeldOutTexts held, bool json, CancellationToken cancellation)
    {
        var (words, sentences, heldOut, unspoken) = (0L, 0, 0, 0);
        PercentProgress.Show("books", progress =>
        {
            AtomicFile.Write(path, stream =>
            {
                for (var first = 0; first < files.Count; first += AtOnce)
                {
                    foreach (var book in files.Skip(first).Take(AtOnce).AsParallel().AsOrdered().WithCancellation(cancellation).Select(file => Read(file, held)))
                    {
                        stream.Write(Encoding.UTF8.GetBytes(string.Concat(book.Kept.Select(sentence => sentence + '\n'))));
                        words += book.Kept.Sum(sentence => 1L + sentence.Count(c => c == ' '));
                        (sentences, heldOut, unspoken) = (sentences + book.Kept.Count, heldOut + book.HeldOut, unspoken + book.Unspoken);
                    }

                    progress?.Report((double)Math.Min(first + AtOnce, files.Count) / files.Count);
                }

                if (sentences == 0) throw new InputException($"{string.Join(", ", files)}: found no sentence of two words and more; allowed: English prose.");
            });
            return path;
        });
        if (unspoken > 0) Warnings.Write($"{unspoken} sentences have parts that cannot be spoken in English, such as other scripts, and were left out");
        if (json) JsonOutput.WriteLine(new { text = path, books = files.Count, words, sentences, held_out = heldOut, left_out = unspoken });
        else Console.Out.WriteLine($"{TerminalText.Name(path)}: {words} words in {sentences} sentences from {files.Count} books; {heldOut} sentences left out because they share {HeldOutTexts.Length} words with a text that is measured");
    }

    private static (List<string> Kept, int HeldOut, int Unspoken) Read(string file, HeldOutTexts held)
    {
        var (kept, heldOut, unspoken) = (new List<string>(), 0, 0);
        foreach (var sentence in BookText.Sentences(Text(file)))
        {
            if (sentence is null) unspoken++;
            else if (held.Share(sentence)) heldOut++;
            else kept.Add(sentence);
        }

        return (kept, heldOut, unspoken);
    }

    private static string Text(string file)
    {
        try
        {
            return PlainFile.ReadAllText(file);
        }
        catch (TextFileException exception)
        {
            Warnings.Write($"{exception.Message}; read as Windows-1252");
            return CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetString(File.ReadAllBytes(file));
        }
    }
}
