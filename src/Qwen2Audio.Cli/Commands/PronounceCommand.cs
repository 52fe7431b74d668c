using System.CommandLine;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command pronounce.</summary>
internal static class PronounceCommand
{
    internal const string SpelledOtherwise = "It pronounces all other words (default: the one in the shipped model's folder, if any); without it they are spelled.";

    public static Command Create()
    {
        var text = new Argument<string?>("TEXT") { Description = "The text; - or nothing: standard input, which is read as it comes.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file", "-f") { Description = "Read the text from a file (UTF-8).", HelpName = "FILE" };
        var lexicon = new Option<string?>("--lexicon") { Description = "Words and their phones, from the command lexicon (default: the one in the shipped model's folder).", HelpName = "FILE" };
        var dictionaries = new Option<string[]>("--dictionary") { Description = "A pronouncing dictionary in the CMU dictionary's format instead of a lexicon; may be repeated. Stress is kept.", HelpName = "FILE" };
        var guess = CommonOptions.LetterToSound(SpelledOtherwise);
        var dayFirst = new Option<bool>("--day-first") { Description = "Read 3/4/2026 as the third of April; by default it is March 4." };
        var json = CommonOptions.Json();
        var command = new Command("pronounce",
            """
            Shows how English text is spoken: its sentences, their words in normal form, phones and pauses, and what cannot be spoken.
            In the output, "," is a short pause, "." the end of a sentence and "¶" that of a paragraph.

            Examples:
              qwen2audio pronounce "Dr. Smith lives at 221B Baker St." --dictionary cmudict.dict
              qwen2audio pronounce --file book.txt --lexicon english.lexicon --letter-to-sound letter_to_sound.ngram --json
            """)
        {
            text, file, lexicon, dictionaries, guess, dayFirst, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(text) is not null && parsed.GetValue(file) is not null) throw new UsageException("give either TEXT or --file.");
            var words = Pronunciations(parsed.GetValue(lexicon), parsed.GetValue(dictionaries) ?? [], parsed.GetValue(guess));
            var frontEnd = new TextFrontEnd(words, new TextFrontEndOptions { DayFirst = parsed.GetValue(dayFirst) });
            IEnumerable<string> pieces = parsed.GetValue(text) is { } given and not InputFile.Pipe ? [given] : parsed.GetValue(file) is { } path ? [PlainFile.ReadAllText(path)] : InputLines();
            var spoken = 0;
            foreach (var sentence in frontEnd.Read(pieces))
            {
                spoken += sentence.Words.Count;
                if (parsed.GetValue(json)) WriteJson(sentence);
                else WriteText(sentence);
            }

            if (spoken == 0) Warnings.Write("the text has nothing that can be spoken");
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>What is named on the command line, or what the model's folder has, or the shipped model.</summary>
    internal static WordPronunciations Pronunciations(string? lexicon, string[] dictionaries, string? guess, string? model = null)
    {
        if (lexicon is not null && dictionaries.Length > 0) throw new UsageException("give either --lexicon or --dictionary.");
        string?[] folders = [model, Tasks.SpeechModel.DefaultFolder()];
        guess ??= WordPronunciations.Find(LetterToSound.FileName, folders);
        var letterToSound = guess is null ? null : LetterToSound.Read(guess);
        if (dictionaries.Length > 0) return WordPronunciations.Read(dictionaries, letterToSound);
        var words = WordPronunciations.Of(LexiconFile.Read(lexicon ?? WordPronunciations.Find(LexiconFile.FileName, folders)
            ?? throw new UsageException("the shipped model has no lexicon; give --lexicon FILE or --dictionary FILE.")), letterToSound);
        if (words.Undecided > 0) Warnings.Write($"the lexicon does not say which pronunciation of {words.Undecided} words is preferred, so the first in the file is taken; make it again with the command lexicon");
        return words;
    }

    private static IEnumerable<string> InputLines()
    {
        while (StandardInput.ReadLine() is { } line) yield return line + "\n";
    }

    private static void WriteText(SpokenSentence sentence)
    {
        foreach (var warning in sentence.Warnings) Warnings.Write($"{warning.Text} (character {warning.Start + 1})");
        if (sentence.Words.Count == 0) return;
        Console.Out.WriteLine(string.Concat(sentence.Words.Select(word => $"{word.Text}{Mark(word.Break, " ")}")).TrimEnd());
        Console.Out.WriteLine($"  {string.Concat(sentence.Words.Select(word => $"{string.Join(' ', word.Phones)}{Mark(word.Break, " | ")}")).TrimEnd(' ', '|')}");
    }

    private static string Mark(PhraseBreak pause, string none) => pause switch
    {
        PhraseBreak.Comma => ", ",
        PhraseBreak.Sentence => ".",
        PhraseBreak.Paragraph => "¶",
        _ => none,
    };

    private static void WriteJson(SpokenSentence sentence) => JsonOutput.WriteLine(new
    {
        text = sentence.Source,
        start = sentence.Start,
        sentence.Ending,
        words = sentence.Words.Select(word => new { word.Text, phones = string.Join(' ', word.Phones), word.Source, word.Break, word.Start, word.Length }),
        warnings = sentence.Warnings.Count > 0 ? sentence.Warnings : null,
    });
}
