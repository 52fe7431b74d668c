using System.CommandLine;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command continue.</summary>
internal static class ContinueCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("IN") { Description = "An audio file, or a token file of the model's codec." };
        var output = new Argument<string>("OUT") { Description = "The .wav, .flac or .tokens file to write, or - for standard output: what was given, as its tokens sound, and what follows." };
        var model = new Option<string?>("--model", "-m") { Description = "Folder of a small model that was trained to speak, or of its training run; the shipped model by default.", HelpName = "DIR" };
        var seconds = CommonOptions.Number("--seconds", "Seconds to add.", 0.1, 60, 5.0);
        var voice = new Option<string?>("--voice") { Description = "Name of the voice (default: unknown to the model).", HelpName = "NAME" };
        var temperature = CommonOptions.SpokenTemperature();
        var seed = CommonOptions.Number("--seed", "Seed of the draws.", 0L, long.MaxValue, 0L);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("continue",
            """
            Goes on from audio in the tokens of a small model that was trained to speak, without a text: what follows sounds like speech and has no meaning.

            Example:
              qwen2audio continue samples/date.wav longer.wav --seconds 3 --model RUN
            """)
        {
            input, output, model, seconds, voice, temperature, seed, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var (from, to) = (parsed.GetValue(input)!, parsed.GetValue(output)!);
            var (tokens, isJson) = (to.EndsWith(".tokens", StringComparison.OrdinalIgnoreCase), parsed.GetValue(json));
            OutputFile.Require(to, isJson);
            OutputFile.RequireOther(to, from);
            if (tokens) OutputFile.RequireKind(to, "token file", TokenHearing.IsTokens);
            else AudioOutput.Check(to, raw: false);
            var folder = CommonOptions.ModelFolder(parsed.GetValue(model));
            Synthesizer.Require(folder);
            using var continuer = Continuer.Load(folder, new ModelLoadOptions { Threads = parsed.GetValue(threads) });
            Warnings.Write(continuer.Warnings);
            var options = new ContinuationOptions { Seconds = parsed.GetValue(seconds), Voice = parsed.GetValue(voice), Temperature = parsed.GetValue(temperature), Seed = (ulong)parsed.GetValue(seed) };
            var made = Made();
            List<string> warnings = [.. made.Warnings.Select(warning => warning.Text)];
            if (tokens) continuer.Tokenizer.Save(made, to);
            else
            {
                var clip = continuer.Tokenizer.Decode(made, cancellation: cancellation);
                var (clipped, _) = OutputFile.Write(to, stream =>
                {
                    var writer = AudioWriter.Create(stream, new AudioForm(clip.SampleRate, clip.Channels), AudioOutput.Format(to, raw: false));
                    writer.Add(clip.Samples);
                    writer.Finish();
                    return writer.Clipped;
                });
                if (clipped > 0) warnings.Add($"{clipped} samples exceeded full scale and were clipped");
            }

            if (isJson) JsonOutput.WriteLine(new { file = from, output = to, made.Seconds, new_seconds = options.Seconds, made.Frames, made.Header.Codebooks, warnings });
            else
            {
                foreach (var warning in warnings) Warnings.Write(warning);
                OutputFile.Report(to, string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Name(to)}: {made.Seconds:0.00} s, of which the last {options.Seconds:0.00} s are new"));
            }

            return Task.FromResult(ExitCodes.Success);

            AudioTokens Made()
            {
                try
                {
                    return continuer.Continue(continuer.Read(from, cancellation), options, cancellation);
                }
                catch (OptionException exception) when (exception.Option is null) // of the tokens, not of an option
                {
                    throw new InputException($"{from}: {exception.Message}");
                }
            }
        });
        return command;
    }
}
