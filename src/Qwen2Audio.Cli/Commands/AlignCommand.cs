using System.CommandLine;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Alignment;
using Qwen2Audio.Training.Speech.Phones;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command align.</summary>
internal static class AlignCommand
{
    private const string Lines = ".jsonl";
    private static readonly string[] Ends = [Lines, ".tsv", ".TextGrid"];

    public static Command Create()
    {
        var input = new Argument<string>("INPUT") { Description = "An audio file, with its text; or, without a text, a manifest of clips with their texts." };
        var text = new Argument<string?>("TEXT") { Description = "What is said in the audio file; numbers are written as words.", Arity = ArgumentArity.ZeroOrOne };
        var model = CommonOptions.Model();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var dictionaries = new Option<string[]>("--dictionary", "-d") { Description = "Pronouncing dictionaries in the CMU dictionary's format.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
        var lexicon = new Option<string?>("--lexicon") { Description = "Instead of dictionaries: a lexicon from the command lexicon (default: the one in the model's folder, if any).", HelpName = "FILE" };
        var guess = CommonOptions.LetterToSound("It pronounces the words that dictionaries or lexicon lack (default: the one in the model's folder, if any); without it clips with such words are refused.");
        var output = new Option<string?>("--out", "-o") { Description = "File to write: .jsonl, or for one audio file also .tsv or .TextGrid (Praat). A manifest needs FILE.jsonl, which gets a line for each clip as soon as it is aligned.", HelpName = "FILE" };
        var resume = new Option<bool>("--resume") { Description = "With a manifest: continue the --out file; clips that are there are not aligned again." };
        var split = new Option<string?>("--split") { Description = "With a manifest: only rows of this split.", HelpName = "NAME" };
        var datasets = new Option<string?>("--datasets") { Description = "With a manifest: only these, separated by commas.", HelpName = "a,b" };
        var skipped = CommonOptions.Number("--max-skipped-percent", "Percentage of clips that may fail before the command counts as failed.", 0.0, 100.0, 5.0);
        var command = new Command("align",
            """
            Finds when each word and phone of a known text is spoken (forced alignment), with a small model that was trained with phones.

            Examples:
              qwen2audio align clip.wav "turn it on" --dictionary cmudict.dict --model RUN
              qwen2audio align MANIFEST.tsv --dictionary cmudict.dict --letter-to-sound letter_to_sound.ngram --model RUN --out alignments.jsonl
            """)
        {
            input, text, model, threads, json, dictionaries, lexicon, guess, output, resume, split, datasets, skipped,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var (said, file) = (parsed.GetValue(text), parsed.GetValue(output));
            Require(parsed, said is null, file, [resume, split, datasets, skipped]);
            var folder = CommonOptions.ModelFolder(parsed.GetValue(model));
            using var loaded = SpeechModel.Load(folder, new ModelLoadOptions { Threads = parsed.GetValue(threads), IgnoreDomain = true });
            Warnings.Write(loaded.Warnings);
            var aligner = Aligner(loaded, parsed.GetValue(dictionaries) ?? [], parsed.GetValue(lexicon), parsed.GetValue(guess), out var pronunciations);
            if (said is not null) return Task.FromResult(AlignFile(aligner, new AlignedClip { Path = parsed.GetValue(input)!, Text = said, Model = folder, Decoding = pronunciations }, file, parsed.GetValue(json), cancellation));
            var result = AlignmentRun.Run(aligner, new AlignmentOptions
            {
                Manifest = parsed.GetValue(input)!,
                Split = parsed.GetValue(split),
                Datasets = CommonOptions.Names(parsed.GetValue(datasets), "--datasets"),
                Out = file!,
                Resume = parsed.GetValue(resume),
                Model = folder,
                Pronunciations = pronunciations,
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            }, cancellation);
            foreach (var clip in result.Doubtful) Warnings.Write(clip);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(new { alignments = file, result.Clips, result.Failures, result.Doubtful });
            else Console.Out.WriteLine($"{TerminalText.Name(file!)}: {result.Clips - result.Failures.Count} of {result.Clips} clips are aligned{(result.Doubtful.Count == 0 ? "" : $", {result.Doubtful.Count} of them with warnings, which are in the file")}");
            return Task.FromResult(LeftOut.Verdict(result.Clips - result.Failures.Count, result.Failures, (double)result.Failures.Count / result.Clips, parsed.GetValue(skipped)));
        });
        return command;
    }

    private static void Require(ParseResult parsed, bool isManifest, string? file, Option[] forManifests)
    {
        if (!isManifest && forManifests.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given) throw new UsageException($"{given.Name} is for manifests; without TEXT the input is one.");
        if (isManifest && file?.EndsWith(Lines, StringComparison.OrdinalIgnoreCase) != true) throw new UsageException("without TEXT the input is a manifest, which needs --out FILE.jsonl.");
        if (file is not null && !Ends.Any(end => file.EndsWith(end, StringComparison.OrdinalIgnoreCase))) throw new UsageException($"--out is {file}: a name that ends with {string.Join(", ", Ends)} is needed.");
    }

    private static ForcedAligner Aligner(SpeechModel model, string[] dictionaries, string? lexicon, string? guess, out string pronunciations)
    {
        if (dictionaries.Length > 0 && lexicon is not null) throw new UsageException("give either --dictionary or --lexicon.");
        var own = Path.Combine(model.Info.Path, LexiconFile.FileName);
        if (dictionaries.Length == 0 && lexicon is null && !File.Exists(own)) throw new UsageException("align needs pronunciations: --dictionary FILE or --lexicon FILE.");
        guess ??= WordPronunciations.Find(LetterToSound.FileName, model.Info.Path);
        string[] files = dictionaries.Length == 0 ? [lexicon ?? own] : dictionaries;
        pronunciations = string.Join(", ", guess is null ? files : [.. files, guess]);
        return new ForcedAligner(model, dictionaries.Length == 0 ? LexiconFile.Read(files[0]) : LexiconBuilder.Read(files, words: null, out _), guess is null ? null : LetterToSound.Read(guess));
    }

    private static bool IsAlignment(string path)
    {
        var start = new byte[64];
        using var file = File.OpenRead(path);
        var text = Encoding.UTF8.GetString(start, 0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        return text.StartsWith(AlignmentText.Heading, StringComparison.Ordinal) || text.StartsWith("File type = \"ooTextFile\"", StringComparison.Ordinal) || text.StartsWith('{');
    }

    private static int AlignFile(ForcedAligner aligner, AlignedClip clip, string? output, bool json, CancellationToken cancellation)
    {
        if (output is not null) OutputFile.RequireKind(output, "file of alignments", IsAlignment);
        var found = Found();
        foreach (var warning in found.Warnings) Console.Error.WriteLine($"{InputFile.Name(clip.Path)}: {TerminalText.Message(warning.Text)}");
        clip = clip with { Words = found.Words, Seconds = found.Seconds, Warnings = found.Warnings.Count == 0 ? null : [.. found.Warnings.Select(warning => warning.Text)] };
        if (output is not null)
        {
            var content = output.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? AlignmentText.Heading + AlignmentText.Table(clip)
                : output.EndsWith(Lines, StringComparison.OrdinalIgnoreCase) ? clip.ToJson() + "\n" : AlignmentText.TextGrid(clip);
            AtomicFile.Write(output, Encoding.UTF8.GetBytes(content));
        }
        else if (json) Console.Out.WriteLine(clip.ToJson());
        else TextTable.Write(["word", "start", "end", "confidence", "phones"], clip.Words.Select(word => new[]
        {
            TerminalText.Shown(word.Text), $"{word.Start:0.00} s", $"{word.End:0.00} s", $"{word.Confidence:0.00}", string.Join(' ', word.Phones.Select(phone => $"{phone.Phone} {phone.End:0.00}")),
        }));
        return ExitCodes.Success;

        TextAlignment Found()
        {
            try
            {
                return PercentProgress.Show(InputFile.Source(clip.Path), progress => aligner.Align(AudioFile.Read(clip.Path), clip.Text, progress, cancellation));
            }
            catch (AlignmentException exception)
            {
                throw new InputException($"{clip.Path}: {exception.Message}");
            }
        }
    }
}
