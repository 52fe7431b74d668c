using System.CommandLine;
using Qwen2Audio.Audio;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command speak.</summary>
internal static class SpeakCommand
{
    private const string Unnamed = "speech"; // the output's name without OUT, if the text has none

    public static Command Create()
    {
        var text = new Argument<string?>("TEXT") { Description = "English text of any length; - reads standard input and speaks each sentence as soon as it is complete.", Arity = ArgumentArity.ZeroOrOne };
        var output = new Argument<string?>("OUT") { Description = "The .wav or .flac file to write, or - for standard output, in pieces as they are made. Without it a new .wav file in the current folder, named after the text file, or speech.wav.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--text-file") { Description = "Speak this file (UTF-8) instead of TEXT.", HelpName = "FILE" };
        var model = new Option<string?>("--model", "-m") { Description = "Folder of a small model that was trained to speak, or of its training run; the shipped model by default.", HelpName = "DIR" };
        var lexicon = new Option<string?>("--lexicon") { Description = "Words and their phones, from the command lexicon (default: the one in the model's folder, or the shipped model's).", HelpName = "FILE" };
        var dictionaries = new Option<string[]>("--dictionary", "-d") { Description = "Pronouncing dictionaries in the CMU dictionary's format instead of a lexicon.", HelpName = "FILE" };
        var guess = CommonOptions.LetterToSound(PronounceCommand.SpelledOtherwise);
        var voice = new Option<string?>("--voice") { Description = "Name of the voice (default: the first one).", HelpName = "NAME" };
        var from = new Option<string?>("--voice-from") { Description = "Speak like this recording instead: any audio, best 10 s or more of one person without noise. The voice is only similar.", HelpName = "FILE" };
        var voices = new Option<bool>("--list-voices") { Description = "Print the names of the voices, and speak nothing." };
        var speed = CommonOptions.Number("--speed", "Speed relative to that of the voice's recordings.", 0.25, 4.0, 1.0);
        var temperature = CommonOptions.SpokenTemperature();
        var guidance = CommonOptions.Number("--guidance", "How strongly the text guides the draws (classifier-free guidance). 1: no guidance; others compare with the model without text and take longer (default: the model's).", 0, SynthesisConfig.MostGuidance);
        var voiceGuidance = CommonOptions.Number("--voice-guidance", "How strongly the voice guides the draws, compared with an unknown one. 1: no guidance; others take longer (default: the model's).", 0, SynthesisConfig.MostGuidance);
        var seed = CommonOptions.Number("--seed", "Seed of the draws.", 0L, long.MaxValue, 0L);
        var raw = AudioOutput.Raw();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("speak",
            """
            Speaks English text with a small model that was trained to, and writes 16-bit WAV or FLAC.

            Examples:
              qwen2audio speak "turn it on" out.wav --voice kathleen
              qwen2audio speak "turn it on" out.wav --voice-from me.wav
              qwen2audio speak --text-file book.txt book.flac --voice lj
              chat | qwen2audio speak - - --raw | aplay -f S16_LE -r 16000
            """)
        {
            text, output, file, model, lexicon, dictionaries, guess, voice, from, voices, speed, temperature, guidance, voiceGuidance, seed, raw, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var (words, path, isRaw, isJson) = (parsed.GetValue(text), parsed.GetValue(output), parsed.GetValue(raw), parsed.GetValue(json));
            if (parsed.GetValue(file) is not null && path is null) (words, path) = (null, words); // the only argument is OUT
            var sample = parsed.GetValue(from);
            if (sample is not null && parsed.GetValue(voice) is not null) throw new UsageException("give either --voice or --voice-from.");
            var source = parsed.GetValue(voices) ? null : SpokenText.Of(words, parsed.GetValue(file));
            path ??= Free(source?.Name, AudioOutput.Ending(isRaw));
            OutputFile.Require(path, isJson);
            if (sample is not null) OutputFile.RequireOther(path, sample);
            AudioOutput.Check(path, isRaw);
            var folder = CommonOptions.ModelFolder(parsed.GetValue(model));
            Synthesizer.Require(folder);
            var pronunciations = source is null ? WordPronunciations.Read([]) : PronounceCommand.Pronunciations(parsed.GetValue(lexicon), parsed.GetValue(dictionaries) ?? [], parsed.GetValue(guess), folder);
            using var synthesizer = Synthesizer.Load(folder, new TextFrontEnd(pronunciations), new ModelLoadOptions { Threads = parsed.GetValue(threads) });
            Warnings.Write(synthesizer.Warnings);
            if (source is null) ListVoices(synthesizer, isJson);
            else
            {
                var options = new SynthesisOptions { Voice = parsed.GetValue(voice), Speed = parsed.GetValue(speed), Temperature = parsed.GetValue(temperature), Guidance = parsed.GetValue(guidance), VoiceGuidance = parsed.GetValue(voiceGuidance), Seed = (ulong)parsed.GetValue(seed) };
                Speak(synthesizer, source, options, sample, path, isRaw, isJson, cancellation);
            }

            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static void ListVoices(Synthesizer synthesizer, bool json)
    {
        if (json) JsonOutput.WriteLine(new { synthesizer.Voices });
        else foreach (var name in synthesizer.Voices) Console.Out.WriteLine(TerminalText.Shown(name));
    }

    private static void Speak(Synthesizer synthesizer, SpokenText source, SynthesisOptions options, string? sample, string path, bool raw, bool json, CancellationToken cancellation)
    {
        var warnings = new List<string>();
        if (sample is not null)
        {
            options = options with { VoiceFrom = synthesizer.EmbedSpeaker(sample, cancellation) };
            foreach (var warning in options.VoiceFrom.Warnings) Warn($"{sample}: {warning.Text}");
        }

        var pieces = synthesizer.SpeakAsync(source.Pieces(cancellation), options, cancellation);
        var (result, bytes) = OutputFile.Write(path, stream => PercentProgress.Show(source.Name ?? "text", progress =>
        {
            var writer = AudioWriter.Create(stream, new AudioForm(synthesizer.SampleRate, 1), AudioOutput.Format(path, raw));
            var samples = 0L;
            foreach (var piece in pieces.ToBlockingEnumerable(cancellation))
            {
                if (piece.Sentence is { } sentence)
                {
                    source.Forget(sentence.Start);
                    foreach (var warning in sentence.Warnings) Warn($"{source.Place(warning.Start)}: {warning.Text}");
                    if (source.Length is { } length) progress?.Report((double)sentence.Start / length);
                }
                else foreach (var warning in piece.Warnings) Warn(warning.Text);

                writer.Add(piece.Samples);
                if (!stream.CanSeek) stream.Flush();
                samples += piece.Samples.Length;
            }

            writer.Finish();
            return (Samples: samples, writer.Clipped);
        }));
        if (result.Clipped > 0) Warn($"{result.Clipped} samples exceeded full scale and were clipped");
        var (seconds, voice) = ((double)result.Samples / synthesizer.SampleRate, sample is null ? options.Voice ?? synthesizer.Voices[0] : null);
        if (json) JsonOutput.WriteLine(new { output = path, voice, voice_from = sample, seconds, result.Samples, synthesizer.SampleRate, clipped_samples = result.Clipped, bytes, warnings });
        else OutputFile.Report(path, string.Create(CultureInfo.InvariantCulture, $"{(path == OutputFile.Pipe ? "" : $"{TerminalText.Name(path)}: ")}{seconds:0.00} s, {(sample is null ? $"voice {TerminalText.Name(voice!)}" : $"voice of {TerminalText.Name(sample)}")}"));

        void Warn(string text)
        {
            if (json) warnings.Add(text);
            else Warnings.Write(text);
        }
    }

    /// <summary>A name in the current folder that no file has: nobody chose it, so nothing may be replaced.</summary>
    private static string Free(string? textFile, string ending)
    {
        var name = textFile is null || textFile == InputFile.Source(InputFile.Pipe) ? Unnamed : Path.GetFileNameWithoutExtension(textFile);
        for (var number = 1; ; number++)
        {
            var path = (number == 1 ? name : $"{name}-{number}") + ending;
            if (!Path.Exists(path)) return path;
        }
    }
}
