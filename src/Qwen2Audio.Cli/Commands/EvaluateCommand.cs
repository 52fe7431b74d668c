using System.CommandLine;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Evaluation;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command evaluate.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var manifest = new Argument<string>("MANIFEST") { Description = "List of clips: a tab-separated table with path, dataset, text_or_label, split, or NeMo's JSON lines." };
        var model = CommonOptions.Model();
        var adapter = CommonOptions.Adapter();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var split = new Option<string>("--split") { Description = "Rows to measure on.", DefaultValueFactory = _ => "val" };
        var datasets = new Option<string?>("--datasets") { Description = "Only these, separated by commas.", HelpName = "a,b" };
        var limit = CommonOptions.Number("--limit", "At most this many clips of each dataset.", 1, int.MaxValue);
        var beam = CommonOptions.Beam();
        var weight = CommonOptions.Number("--ctc-weight", "Weight of the CTC score in the combined score, 0 to 1.", 0.0, 1.0);
        var codebooks = CommonOptions.HeardCodebooks();
        var language = new Option<string?>("--language") { Description = "Spoken language: en, English or en-US (default: detected by Whisper; en for Qwen2-Audio).", HelpName = "CODE" };
        var template = CommonOptions.Template();
        var (languageModel, lexicon, languageWeight, wordBonus) = (CommonOptions.LanguageModel(), CommonOptions.Lexicon(), CommonOptions.LanguageModelWeight(), CommonOptions.WordBonus());
        var answers = new Option<string?>("--out", "-o") { Description = "File to write one JSON line to for each clip, as soon as it is measured: reference, hypothesis, label, word errors, warnings.", HelpName = "FILE.jsonl" };
        var resume = new Option<bool>("--resume") { Description = "Continue the --out file: clips that have an answer there are not run again." };
        var skipped = CommonOptions.Number("--max-skipped-percent", "Percentage of clips that may be left out before the evaluation counts as failed.", 0.0, 100.0, 5.0);
        var command = new Command("evaluate",
            """
            Measures a model on the rows of a manifest: word error rate, accuracy and speed, each with its counts. It takes every model that
            transcribe and classify take. With published models, classification datasets are compared by the labels in their own rows.

            Examples:
              qwen2audio evaluate ../shared/data/MANIFEST.tsv
              qwen2audio evaluate clips.jsonl --model openai/whisper-tiny --language en --out answers.jsonl
            """)
        {
            manifest, model, adapter, threads, json, split, datasets, limit, beam, weight, codebooks, language, template, answers, resume, skipped, languageModel, lexicon, languageWeight, wordBonus,
        };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(resume) && parsed.GetValue(answers) is null) throw new UsageException("--resume needs --out FILE, the file to continue.");
            var folder = CommonOptions.ModelFolder(parsed.GetValue(model));
            using var hearing = parsed.GetValue(codebooks) is { } heard ? TokenHearing.Load(folder, heard, new ModelLoadOptions { Threads = parsed.GetValue(threads) }) : null;
            var options = new ValidationOptions
            {
                Hearing = hearing,
                Manifest = parsed.GetValue(manifest)!,
                Split = parsed.GetValue(split)!,
                Datasets = CommonOptions.Names(parsed.GetValue(datasets), "--datasets"),
                Limit = parsed.GetValue(limit),
                BeamWidth = parsed.GetValue(beam),
                CtcWeight = parsed.GetValue(weight),
                Answers = parsed.GetValue(answers),
                Resume = parsed.GetValue(resume),
                Progress = Console.IsErrorRedirected ? null : new EvaluationProgress(),
            };
            using var loaded = LoadedTranscriber.Load(folder, new TaskOptions
            {
                Model = new ModelLoadOptions
                {
                    Threads = parsed.GetValue(threads),
                    Adapter = CommonOptions.AdapterFolder(parsed.GetValue(adapter)),
                    LanguageModel = parsed.GetValue(languageModel),
                    Lexicon = parsed.GetValue(lexicon),
                    LanguageModelWeight = parsed.GetValue(languageWeight),
                    WordBonus = parsed.GetValue(wordBonus),
                },
                Whisper = new WhisperOptions { Language = parsed.GetValue(language), Beams = parsed.GetValue(beam), WordTimes = false },
                Prompt = new PromptOptions { Language = parsed.GetValue(language) ?? "en", Template = CommonOptions.Template(parsed.GetValue(template)) },
            });
            ModelKindOptions.Require(parsed, loaded.Kind,
                (weight, [ModelKinds.Qwen2AudioCtc]), (beam, [ModelKinds.Qwen2AudioCtc, ModelKinds.Whisper]),
                (language, [ModelKinds.Whisper, ModelKinds.Qwen2Audio]), (template, [ModelKinds.Qwen2Audio]),
                (languageModel, [ModelKinds.Qwen2AudioCtc]), (lexicon, [ModelKinds.Qwen2AudioCtc]), (languageWeight, [ModelKinds.Qwen2AudioCtc]), (wordBonus, [ModelKinds.Qwen2AudioCtc]));
            var result = ValidationRun.Run(loaded, options, cancellation);
            foreach (var warning in result.Warnings) Warnings.Write(warning);
            if (parsed.GetValue(json)) Console.Out.WriteLine(ValidationReport.ToJson(result));
            else Console.Out.Write(TerminalText.Lines(ValidationReport.ToText(result, withSkipped: false)));
            return Task.FromResult(LeftOut.Verdict(result.Rows, result.Skipped, result.SkippedShare, parsed.GetValue(skipped)));
        });
        return command;
    }
}
