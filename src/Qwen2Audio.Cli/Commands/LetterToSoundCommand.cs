using System.CommandLine;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command letter-to-sound.</summary>
internal static class LetterToSoundCommand
{
    public static Command Create()
    {
        var dictionaries = CommonOptions.Files("Pronouncing dictionaries in the CMU dictionary's format: one word and its phones per line.");
        var output = new Option<string>("--out", "-o") { Description = "File to write.", HelpName = "FILE", Required = true };
        var size = CommonOptions.Number("--megabytes", "Prune the model to a file of at most this size, in MiB; 0: do not prune.", 0.0, 1024, 0.5);
        var json = CommonOptions.Json();
        var command = new Command("letter-to-sound",
            """
            Learns from pronouncing dictionaries how letters are pronounced, for words that no dictionary has (--letter-to-sound of pronounce, speak, lexicon and align).

            Example:
              qwen2audio letter-to-sound cmudict-en-us.dict -o letter_to_sound.ngram
            """)
        {
            dictionaries, output, size, json,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            if (Path.Exists(path)) throw new UsageException($"{path} already exists; give a new name, or remove it.");
            var megabytes = parsed.GetValue(size);
            var model = LetterToSoundTrainer.Train(parsed.GetValue(dictionaries)!, megabytes > 0 ? (long)(megabytes * (1 << 20)) : null).Model;
            NGramFile.Write(path, model);
            var (bytes, counts) = (new FileInfo(path).Length, model.Orders.Select(order => order.Count).ToArray());
            if (parsed.GetValue(json)) JsonOutput.WriteLine(new { model = path, bytes, graphones = counts[0], ngrams = counts });
            else Console.Out.WriteLine($"{TerminalText.Name(path)}: {Bytes.Shown(bytes)}, {string.Join(" + ", counts)} n-grams of graphones");
            return ExitCodes.Success;
        });
        return command;
    }
}
