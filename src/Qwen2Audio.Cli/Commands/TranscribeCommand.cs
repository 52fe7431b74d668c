using System.CommandLine;
using Qwen2Audio.Cli.Output;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>transcribe FILE…</summary>
internal static class TranscribeCommand
{
    public static Command Create()
    {
        var files = CommonOptions.Files("Audio files: WAV or FLAC, and with libsndfile MP3, Ogg Vorbis, Opus and others.");
        var model = CommonOptions.Model();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var words = new Option<bool>("--words") { Description = "Show each word with its time and confidence." };
        var decoding = CommonOptions.OneOf("--decoding",
            "combined: beam search over CTC, rescored by the decoder; ctc-only, ctc-greedy, decoder-only: one of them alone.",
            "combined", "combined", "ctc-only", "ctc-greedy", "decoder-only");
        var beam = CommonOptions.Beam();
        var ungated = new Option<bool>("--no-speech-gate") { Description = "Look for words in sounds too that do not seem to be speech." };
        var command = new Command("transcribe",
            """
            Writes the words that are said in audio files.

            Example:
              qwen2audio transcribe samples/date.wav --words
            """)
        {
            files, model, threads, json, words, decoding, beam, ungated,
        };
        command.SetAction(parsed =>
        {
            var options = new TranscriberOptions
            {
                Decoding = Enum.Parse<Decoding>(parsed.GetValue(decoding)!.Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
                BeamWidth = parsed.GetValue(beam),
                SpeechGate = !parsed.GetValue(ungated),
            };
            using var loaded = AudioModel.Load(
                CommonOptions.ModelFolder(parsed.GetValue(model)), new AudioModelOptions { Threads = parsed.GetValue(threads) });
            var transcriber = new Transcriber(loaded, options);
            return EachFile.Run(parsed.GetValue(files)!, parsed.GetValue(json), file =>
            {
                var result = transcriber.Transcribe(file);
                if (parsed.GetValue(json)) JsonOutput.WriteLine(Line(file, result));
                else Show(file, result, parsed.GetValue(files)!.Length > 1, parsed.GetValue(words));
            });
        });
        return command;
    }

    private static object Line(string file, Transcription result) => new
    {
        file,
        result.Text,
        words = result.Words.Select(word => new
        {
            word.Text,
            start = Math.Round(word.Start, 3),
            end = Math.Round(word.End, 3),
            confidence = Math.Round(word.Confidence, 4),
        }),
        warnings = result.Warnings.Select(warning => warning.Text),
        speech_probability = result.SpeechProbability is { } p ? Math.Round(p, 4) : (double?)null,
        seconds_of_audio = Math.Round(result.SecondsOfAudio, 3),
        seconds_taken = Math.Round(result.SecondsTaken, 3),
    };

    private static void Show(string file, Transcription result, bool named, bool words)
    {
        foreach (var warning in result.Warnings) Console.Error.WriteLine($"{file}: {warning.Text}");
        if (result.Text.Length == 0) return; // a warning said why
        Console.Out.WriteLine(named ? $"{file}: {result.Text}" : result.Text);
        if (!words) return;
        TextTable.Write(["word", "start", "end", "confidence"],
            result.Words.Select(word => new[] { word.Text, $"{word.Start:0.00} s", $"{word.End:0.00} s", $"{word.Confidence:0.00}" }));
    }
}
