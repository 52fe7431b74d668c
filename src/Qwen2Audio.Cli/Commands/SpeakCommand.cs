using System.CommandLine;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command speak.</summary>
internal static class SpeakCommand
{
    public static Command Create()
    {
        var text = new Argument<string>("TEXT") { Description = "English text." };
        var output = new Argument<string>("OUT.wav") { Description = "The WAV file to write." };
        var model = new Option<string>("--model", "-m") { Description = "Folder of a model trained with task: synthesis, or of its training run.", HelpName = "DIR", Required = true };
        var lexicon = new Option<string?>("--lexicon") { Description = "Words and their phones, from the command lexicon (default: the one in the shipped model's folder).", HelpName = "FILE" };
        var dictionaries = new Option<string[]>("--dictionary", "-d") { Description = "Pronouncing dictionaries in the CMU dictionary's format instead of a lexicon.", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
        var guess = CommonOptions.LetterToSound(PronounceCommand.SpelledOtherwise);
        var voice = new Option<string?>("--voice") { Description = "Name of the voice (default: the first one).", HelpName = "NAME" };
        var speed = CommonOptions.Number("--speed", "Speed relative to that of the voice's recordings.", 0.25, 4.0, 1.0);
        var temperature = CommonOptions.Number("--temperature", "Temperature of the draws; 0: the most probable codes.", 0.0, 10, 0.7);
        var seed = CommonOptions.Number("--seed", "Seed of the draws.", 0L, long.MaxValue, 0L);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("speak",
            """
            Speaks a text with a model trained with task: synthesis, and writes a 16-bit WAV file.

            Example:
              qwen2audio speak "turn it on" out.wav --model runs/voices --dictionary cmudict.dict --voice kathleen
            """)
        {
            text, output, model, lexicon, dictionaries, guess, voice, speed, temperature, seed, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var path = parsed.GetValue(output)!;
            if (File.Exists(path) && new FileInfo(path).Length > 0 && !CodecFiles.IsWav(path)) throw new UsageException($"{path} already exists and is not a WAV file, so it is not replaced; name another OUT, or delete it.");
            var folder = CommonOptions.ModelFolder(parsed.GetValue(model));
            Synthesizer.Require(folder);
            var frontEnd = new TextFrontEnd(PronounceCommand.Pronunciations(parsed.GetValue(lexicon), parsed.GetValue(dictionaries) ?? [], parsed.GetValue(guess)));
            using var synthesizer = Synthesizer.Load(folder, frontEnd, new ModelLoadOptions { Threads = parsed.GetValue(threads) });
            Warnings.Write(synthesizer.Warnings);
            var options = new SynthesisOptions { Voice = parsed.GetValue(voice), Speed = parsed.GetValue(speed), Temperature = parsed.GetValue(temperature), Seed = (ulong)parsed.GetValue(seed) };
            var (samples, clipped) = (0L, 0L);
            AtomicFile.Write(path, stream =>
            {
                var wav = new WavPieces(stream, new AudioForm(synthesizer.SampleRate, 1));
                foreach (var piece in synthesizer.Speak(parsed.GetValue(text)!, options, cancellation))
                {
                    foreach (var warning in piece.Warnings) Warnings.Write(warning.Text);
                    wav.Add(piece.Samples);
                    samples += piece.Samples.Length;
                }

                wav.Finish();
                clipped = wav.Clipped;
            });
            if (clipped > 0) Warnings.Write($"{clipped} samples were beyond full scale and are clipped");
            var seconds = (double)samples / synthesizer.SampleRate;
            if (parsed.GetValue(json)) JsonOutput.WriteLine(new { output = path, seconds, clipped_samples = clipped, voice = options.Voice ?? synthesizer.Voices[0] });
            else Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Name(path)}: {seconds:0.00} s"));
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
