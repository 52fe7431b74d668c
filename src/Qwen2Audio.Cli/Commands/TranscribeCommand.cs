using System.CommandLine;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Prompts;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Whisper;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command transcribe.</summary>
internal static class TranscribeCommand
{
    public static Command Create()
    {
        var files = CommonOptions.Files("Audio files: WAV or FLAC; MP3 with libmpg123; Ogg Vorbis, Opus and others with libsndfile; token files of the codec in the model's folder. - is standard input.");
        var model = CommonOptions.Model();
        var adapter = CommonOptions.Adapter();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var codebooks = CommonOptions.HeardCodebooks();
        var check = CommonOptions.CheckWeights();
        var words = new Option<bool>("--words") { Description = "Show each word with its time and confidence." };
        var live = new Option<bool>("--stream")
        {
            Description = "Show texts while the audio arrives, with the delay that info states; needs a small model that was trained for it. On a terminal, a text changes until its utterance ends; with --json, each change is a line.",
        };
        var decoding = CommonOptions.OneOf("--decoding",
            "combined: beam search over CTC, rescored by the decoder; ctc-only, ctc-greedy, decoder-only: one of them alone.",
            "combined", "combined", "ctc-only", "ctc-greedy", "decoder-only");
        var beam = CommonOptions.Beam();
        var ungated = new Option<bool>("--no-speech-gate") { Description = "Look for words even in audio that does not seem to be speech." };
        var plain = new Option<bool>("--plain") { Description = "Show the words as they are heard, without the capitals and punctuation that a small model with text.punctuation restores." };
        var language = new Option<string?>("--language") { Description = "Spoken language: en, English, en-US, or auto to detect it (default for Whisper: that of generation_config.json, else auto; for Qwen2-Audio: en).", HelpName = "LANGUAGE" };
        var translate = new Option<bool?>("--translate") { Description = "Whisper: translate to English; --translate false overrides generation_config.json.", Arity = ArgumentArity.ZeroOrOne };
        var prompt = new Option<string?>("--prompt") { Description = "Qwen2-Audio: the instruction to the model; Whisper: preceding text with names and spellings.", HelpName = "TEXT" };
        var template = CommonOptions.Template();
        var (languageModel, lexicon, languageWeight, wordBonus) = (CommonOptions.LanguageModel(), CommonOptions.Lexicon(), CommonOptions.LanguageModelWeight(), CommonOptions.WordBonus());
        var command = new Command("transcribe",
            """
            Transcribes the speech in audio files.

            Example:
              qwen2audio transcribe samples/date.wav --words
              qwen2audio transcribe talk.mp3 --model openai/whisper-tiny --language English
              arecord -f S16_LE -r 16000 | qwen2audio transcribe - --stream --model RUN
            """)
        {
            files, model, adapter, threads, json, check, codebooks, words, live, decoding, beam, ungated, plain, language, translate, prompt, template, languageModel, lexicon, languageWeight, wordBonus,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(beam) is not null && result.GetResult(decoding) is { Implicit: false } given
                && given.Tokens is [{ Value: var chosen }] && string.Equals(chosen, "ctc-greedy", StringComparison.OrdinalIgnoreCase))
                result.AddError("--beam cannot be used with --decoding ctc-greedy, which keeps one candidate");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var options = new TaskOptions
            {
                Model = new ModelLoadOptions
                {
                    Threads = parsed.GetValue(threads),
                    CheckWeights = parsed.GetValue(check) ? true : null,
                    Adapter = CommonOptions.AdapterFolder(parsed.GetValue(adapter)),
                    LanguageModel = parsed.GetValue(languageModel),
                    Lexicon = parsed.GetValue(lexicon),
                    LanguageModelWeight = parsed.GetValue(languageWeight),
                    WordBonus = parsed.GetValue(wordBonus),
                },
                Transcriber = new TranscriberOptions
                {
                    Decoding = Enum.Parse<Decoding>(parsed.GetValue(decoding)!.Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
                    BeamWidth = parsed.GetValue(beam),
                    SpeechGate = !parsed.GetValue(ungated),
                    Plain = parsed.GetValue(plain),
                },
                Whisper = new WhisperOptions
                {
                    Language = parsed.GetValue(language),
                    Translate = ModelKindOptions.IsGiven(parsed, translate) ? parsed.GetValue(translate) ?? true : null,
                    Prompt = parsed.GetValue(prompt),
                    Beams = parsed.GetValue(beam),
                },
                Prompt = new PromptOptions { Language = parsed.GetValue(language) ?? "en", Prompt = parsed.GetValue(prompt), Template = CommonOptions.Template(parsed.GetValue(template)) },
            };
            using var transcriber = LoadedTranscriber.Load(CommonOptions.ModelFolder(parsed.GetValue(model)), options);
            Warnings.Write(transcriber.Warnings);
            ModelKindOptions.Require(parsed, transcriber.Kind,
                (live, [ModelKinds.Qwen2AudioCtc]), (decoding, [ModelKinds.Qwen2AudioCtc]), (ungated, [ModelKinds.Qwen2AudioCtc]), (plain, [ModelKinds.Qwen2AudioCtc]), (beam, [ModelKinds.Qwen2AudioCtc, ModelKinds.Whisper]),
                (language, [ModelKinds.Whisper, ModelKinds.Qwen2Audio]), (prompt, [ModelKinds.Whisper, ModelKinds.Qwen2Audio]), (translate, [ModelKinds.Whisper]), (template, [ModelKinds.Qwen2Audio]),
                (languageModel, [ModelKinds.Qwen2AudioCtc]), (lexicon, [ModelKinds.Qwen2AudioCtc]), (languageWeight, [ModelKinds.Qwen2AudioCtc]), (wordBonus, [ModelKinds.Qwen2AudioCtc]));
            if (transcriber.Kind == ModelKinds.Qwen2Audio && ModelKindOptions.IsGiven(parsed, prompt) && ModelKindOptions.IsGiven(parsed, language))
                throw new UsageException($"--language cannot be used with --prompt, which replaces the {ModelKinds.Qwen2Audio} prompt that names the language.");
            if (parsed.GetValue(live) && parsed.GetValue(codebooks) is not null) throw new UsageException("--codebooks cannot be used with --stream, which hears audio as it arrives.");
            using var tokens = new HeardTokens(CommonOptions.ModelFolder(parsed.GetValue(model)), parsed.GetValue(codebooks), parsed.GetValue(threads));
            if (parsed.GetValue(live)) transcriber.Stream().Dispose(); // refuses a model for whole clips once, not for each file
            var named = parsed.GetValue(files)!.Length > 1;
            return Task.FromResult(PerFile.Run(parsed.GetValue(files)!, parsed.GetValue(json), file =>
            {
                if (parsed.GetValue(live))
                {
                    using var line = new LiveTranscript();
                    LiveTranscript.Run(transcriber, file, text =>
                    {
                        if (parsed.GetValue(json)) JsonOutput.WriteLine(new { file, final = false, text.Text, start = Math.Round(text.Start, 3), end = Math.Round(text.End, 3) });
                        else line.Show(text);
                    }, (text, result) =>
                    {
                        line.Clear();
                        if (parsed.GetValue(json)) JsonOutput.WriteLine(Line(file, result, text));
                        else Show(file, result, named, parsed.GetValue(words));
                    }, cancellation);
                    return;
                }

                var result = PercentProgress.Show(InputFile.Source(file), progress => file == InputFile.Pipe
                    ? transcriber.TranscribeAsync(InputFile.OpenPipe(), progress: progress, cancellation: cancellation, name: InputFile.Source(file)).GetAwaiter().GetResult()
                    : tokens.Read(file, cancellation) is { } heard ? transcriber.Transcribe(heard, progress, cancellation) : transcriber.Transcribe(file, progress, cancellation));
                if (parsed.GetValue(json)) JsonOutput.WriteLine(Line(file, result));
                else Show(file, result, named, parsed.GetValue(words));
            }, InputFile.Source));
        });
        return command;
    }

    private static object Line(string file, Transcription result, PartialTranscription? utterance = null) => new
    {
        file,
        final = utterance is null ? (bool?)null : true,
        result.Text,
        start = utterance is null ? (double?)null : Math.Round(utterance.Start, 3),
        end = utterance is null ? (double?)null : Math.Round(utterance.End, 3),
        words = result.Words.Select(word => new
        {
            word.Text,
            start = Math.Round(word.Start, 3),
            end = Math.Round(word.End, 3),
            confidence = Math.Round(word.Confidence, 4),
            may_be_made_up = word.MayBeMadeUp ? true : (bool?)null,
        }),
        suspected = result.Suspected.Count == 0 ? null : result.Suspected.Select(text => new { text.Text, start = Math.Round(text.Start, 3), end = Math.Round(text.End, 3), text.Signs }),
        segments = result.Segments.Count == 0 ? null : result.Segments.Select(segment => new
        {
            segment.Text,
            start = Math.Round(segment.Start, 3),
            end = Math.Round(segment.End, 3),
            average_log_probability = Math.Round(segment.AverageLogProbability, 4),
            no_speech_probability = segment.NoSpeechProbability is { } none ? Math.Round(none, 4) : (double?)null,
            compression_ratio = Math.Round(segment.CompressionRatio, 2),
            segment.Temperature,
            suspicions = segment.Suspicions,
        }),
        result.Language,
        language_probability = result.LanguageProbability is { } sure ? Math.Round(sure, 4) : (double?)null,
        result.Decoding,
        result.InDomain,
        warnings = result.Warnings.Select(warning => warning.Text),
        speech_probability = result.SpeechProbability is { } p ? Math.Round(p, 4) : (double?)null,
        seconds_of_audio = Math.Round(result.SecondsOfAudio, 3),
        seconds_taken = Math.Round(result.SecondsTaken, 3),
    };

    private static void Show(string file, Transcription result, bool named, bool words)
    {
        foreach (var warning in result.Warnings) Console.Error.WriteLine($"{InputFile.Name(file)}: {TerminalText.Message(warning.Text)}");
        if (result.Text.Length == 0) return; // a warning says why
        Console.Out.WriteLine(named ? $"{InputFile.Name(file)}: {TerminalText.Shown(result.Text)}" : TerminalText.Shown(result.Text));
        if (!words) return;
        TextTable.Write(["word", "start", "end", "confidence"],
            result.Words.Select(word => new[] { TerminalText.Shown(word.Text), $"{word.Start:0.00} s", $"{word.End:0.00} s", $"{word.Confidence:0.00}" }));
    }
}
