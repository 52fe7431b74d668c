using System.CommandLine;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Evaluation.Pages;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command demo: speech, tokens and text of one sound, on a page.</summary>
internal static class DemoCommand
{
    private const string Standard = "January 21, 1976.";

    public static Command Create()
    {
        var text = new Argument<string?>("TEXT") { Description = $"What to say (default: {Standard})", Arity = ArgumentArity.ZeroOrOne };
        var audio = new Option<string?>("--audio") { Description = "Use this recording instead of saying a text. Models that do not speak need it.", HelpName = "CLIP" };
        var page = new Option<string>("--page") { Description = "The HTML page to write.", HelpName = "FILE", DefaultValueFactory = _ => "demo.html" };
        var model = CommonOptions.Model();
        var voice = new Option<string?>("--voice") { Description = "Name of the voice (default: the first one).", HelpName = "NAME" };
        var seed = CommonOptions.Number("--seed", "Seed of the draws.", 0L, long.MaxValue, 0L);
        var lexicon = new Option<string?>("--lexicon") { Description = "Words and their phones for speaking, as for speak.", HelpName = "FILE" };
        var dictionaries = new Option<string[]>("--dictionary", "-d") { Description = "Pronouncing dictionaries for speaking, as for speak.", HelpName = "FILE" };
        var guess = CommonOptions.LetterToSound(PronounceCommand.SpelledOtherwise);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("demo",
            """
            Says a sentence, transcribes and classifies what was said, and writes one HTML page with waveform, spectrogram, tokens, words and players.
            With a model that does not speak, it takes a recording.

            Examples:
              qwen2audio demo "turn it on" --page turn.html
              qwen2audio demo --audio samples/date.wav
            """)
        {
            text, audio, page, model, voice, seed, lexicon, dictionaries, guess, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var (clip, output) = (parsed.GetValue(audio), parsed.GetValue(page)!);
            if (clip is not null && parsed.GetValue(text) is not null) throw new UsageException("give either TEXT or --audio.");
            OutputFile.RequireKind(output, "HTML page", path => File.ReadLines(path).FirstOrDefault("").StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase));
            var folder = CommonOptions.ModelFolder(parsed.GetValue(model));
            var loading = new ModelLoadOptions { Threads = parsed.GetValue(threads) };
            if (clip is null) RequireVoice(folder);
            using var recogniser = SpeechModel.Load(folder, loading);
            Warnings.Write(recogniser.Warnings);
            var sound = clip is null ? Spoken() : Recorded(clip, Path.Combine(folder, SynthesisConfigFile.CodecFolder), loading, cancellation);
            var encoded = recogniser.Encode(sound.Clip, cancellation: cancellation);
            var result = new DemoResult(sound, new Transcriber(recogniser).Transcribe(encoded, cancellation), new Classifier(recogniser).Classify(encoded, cancellation: cancellation));
            DemoPage.Write(output, result);
            Report(output, result, parsed.GetValue(json));
            return Task.FromResult(ExitCodes.Success);

            DemoSound Spoken()
            {
                var words = PronounceCommand.Pronunciations(parsed.GetValue(lexicon), parsed.GetValue(dictionaries) ?? [], parsed.GetValue(guess), folder);
                return Said(Synthesizer.Of(recogniser, new TextFrontEnd(words)), parsed.GetValue(text) ?? Standard, new SynthesisOptions { Voice = parsed.GetValue(voice), Seed = (ulong)parsed.GetValue(seed) }, cancellation);
            }
        });
        return command;
    }

    private static void RequireVoice(string folder)
    {
        try
        {
            Synthesizer.Require(folder);
        }
        catch (NotSupportedException exception)
        {
            throw new UsageException($"{exception.Message} Without a model that speaks, give a recording: --audio CLIP.");
        }
    }

    private static DemoSound Said(Synthesizer synthesizer, string text, SynthesisOptions options, CancellationToken cancellation)
    {
        List<SpokenPiece> pieces = [.. synthesizer.Speak(text, options, cancellation)];
        float[] samples = [.. pieces.SelectMany(piece => piece.Samples)];
        if (samples.Length == 0) throw new UsageException("TEXT has nothing that can be spoken.");
        return new DemoSound
        {
            Text = text,
            SpokenWords = [.. pieces.SelectMany(piece => piece.Sentence?.Words ?? []).Select(word => word.Text)],
            Source = options.Voice ?? synthesizer.Voices[0],
            Clip = new AudioClip(samples, synthesizer.SampleRate, 1, []),
            Codes = [.. pieces.SelectMany(piece => piece.Codes)],
            Codebooks = synthesizer.Codebooks,
            Entries = synthesizer.Entries,
            FrameRate = synthesizer.FrameRate,
            Warnings = [.. pieces.SelectMany(piece => piece.Warnings).Select(warning => warning.Text)],
        };
    }

    private static DemoSound Recorded(string path, string codec, ModelLoadOptions loading, CancellationToken cancellation)
    {
        using var tokenizer = AudioTokenizer.Load(Directory.Exists(codec) ? codec : CommonOptions.CodecFolder(null), loading);
        Warnings.Write(tokenizer.Warnings);
        var clip = AudioFile.ReadMono(path, tokenizer.Config.SamplingRate, cancellation: cancellation);
        if (clip.Frames == 0) throw new InputException($"{path} has no samples.");
        var tokens = tokenizer.Encode(clip, cancellation: cancellation);
        var decoded = tokenizer.Decode(tokens, cancellation: cancellation);
        return new DemoSound
        {
            Source = Path.GetFileName(path),
            Clip = clip,
            Codes = tokens.Codes,
            Codebooks = tokens.Header.Codebooks,
            Entries = tokens.Header.Entries,
            FrameRate = tokens.Header.FrameRate,
            Decoded = decoded,
            Warnings = [.. tokens.Warnings.Select(warning => warning.Text), .. decoded.Warnings.Select(warning => warning.Text)],
        };
    }

    private static void Report(string page, DemoResult result, bool json)
    {
        var (sound, heard, labels) = (result.Sound, result.Transcription, result.Classification);
        if (json)
        {
            JsonOutput.WriteLine(new
            {
                page,
                said = sound.Text,
                voice = sound.Text is null ? null : sound.Source,
                audio = sound.Text is null ? sound.Source : null,
                sound.Clip.Seconds,
                heard = heard.Text,
                label = labels.Labels.Count > 0 ? labels.Labels[0] : null,
                result.Warnings,
            });
            return;
        }

        foreach (var warning in result.Warnings) Warnings.Write(warning);
        List<string[]> rows =
        [
            sound.Text is { } text ? ["said", text] : ["recording", sound.Source],
            ["heard", heard.Text.Length > 0 ? heard.Text : "(no words)"],
            ["is", labels.Labels.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{labels.Best} ({100 * labels.Labels[0].Probability:0.0} %)") : "(no label)"],
            ["page", page],
        ];
        TextTable.Write([], rows.Select(row => (string[])[row[0], TerminalText.Name(row[1])]));
    }
}
