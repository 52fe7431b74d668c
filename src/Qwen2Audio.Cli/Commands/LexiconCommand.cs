using System.CommandLine;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Checkpoints.NGrams;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command lexicon.</summary>
internal static class LexiconCommand
{
    public static Command Create()
    {
        var dictionaries = CommonOptions.Files("Pronouncing dictionaries in the CMU dictionary's format: one word and its phones per line. All pronunciations of a word are kept.");
        var output = new Option<string>("--out", "-o") { Description = "File to write.", HelpName = "FILE", Required = true };
        var words = new Option<string?>("--language-model") { Description = "Keep only the words of this n-gram model.", HelpName = "FILE" };
        var guess = CommonOptions.LetterToSound("It pronounces the words of the language model that the dictionaries lack.");
        var json = CommonOptions.Json();
        var command = new Command("lexicon",
            """
            Makes a lexicon for the recogniser (transcribe --lexicon): a small model that was trained with phones then looks for these words in the phones.

            Example:
              qwen2audio lexicon cmudict-en-us.dict -o english.lexicon --language-model english.ngram --letter-to-sound letter_to_sound.ngram
            """)
        {
            dictionaries, output, words, guess, json,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            if (Path.Exists(path)) throw new UsageException($"{path} already exists; give a new name, or remove it.");
            if (parsed.GetValue(guess) is not null && parsed.GetValue(words) is null) throw new UsageException("--letter-to-sound needs --language-model, whose words it pronounces.");
            var model = parsed.GetValue(words) is { } file ? NGramFile.Read(file) : null;
            string[] controls = [NGramModel.Start, NGramModel.End, NGramModel.Unknown];
            var wanted = model?.Words.Except(controls, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
            var lexicon = LexiconBuilder.Read(parsed.GetValue(dictionaries)!, wanted, out var leftOut);
            if (lexicon.Words.Count == 0) throw new InputException($"{string.Join(", ", parsed.GetValue(dictionaries)!)}: found no words{(wanted is null ? "" : " of the language model")}.");
            if (leftOut > 0) Warnings.Write($"{leftOut} {(leftOut == 1 ? "entry is" : "entries are")} not a single word of letters and apostrophes, and {(leftOut == 1 ? "was" : "were")} left out");
            var found = lexicon.Words.Count;
            if (parsed.GetValue(guess) is { } letterToSound) lexicon = LexiconBuilder.Complete(lexicon, wanted!, LetterToSound.Read(letterToSound));
            LexiconFile.Write(path, lexicon);
            var missing = wanted?.Count - lexicon.Words.Count;
            if (parsed.GetValue(json)) JsonOutput.WriteLine(new { lexicon = path, bytes = new FileInfo(path).Length, words = lexicon.Words.Count, pronunciations = lexicon.Pronunciations.Count, by_letter_to_sound = lexicon.Words.Count - found, left_out = leftOut, without_pronunciation = missing });
            else Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{TerminalText.Name(path)}: {Bytes.Shown(new FileInfo(path).Length)}, {lexicon.Words.Count} words with {lexicon.Pronunciations.Count} pronunciations{(parsed.GetValue(guess) is not null ? $"; {lexicon.Words.Count - found} words by letter-to-sound" : "")}{(missing is null ? "" : $"; {missing} words of the language model have none")}"));
            return ExitCodes.Success;
        });
        return command;
    }
}
