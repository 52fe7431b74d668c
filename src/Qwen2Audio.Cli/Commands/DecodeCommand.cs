using System.CommandLine;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command decode.</summary>
internal static class DecodeCommand
{
    public static Command Create()
    {
        var paths = CodecFiles.Paths("Token files, then the .wav or .flac file to write, or an existing folder that gets a .wav file for each. - is standard input or output.");
        var model = CommonOptions.Codec();
        var codebooks = CodecFiles.Codebooks("Number of codebooks to use (default: all that the file has).");
        var raw = AudioOutput.Raw();
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("decode",
            """
            Decodes tokens to audio with the codec that made them, and writes 16-bit WAV or FLAC.

            Examples:
              qwen2audio decode talk.tokens talk.wav
              qwen2audio decode talk.tokens talk.flac --codebooks 3
              qwen2audio decode talk.tokens - | aplay
            """)
        {
            paths, model, codebooks, raw, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var pairs = CodecFiles.Pairs(parsed.GetValue(paths)!, AudioOutput.Ending(parsed.GetValue(raw)), parsed.GetValue(json), output => AudioOutput.Check(output, parsed.GetValue(raw)));
            using var tokenizer = AudioTokenizer.Load(CommonOptions.CodecFolder(parsed.GetValue(model)), new ModelLoadOptions { Threads = parsed.GetValue(threads) });
            Warnings.Write(tokenizer.Warnings);
            return Task.FromResult(PerFile.Run([.. pairs.Keys], parsed.GetValue(json), input =>
            {
                var output = pairs[input];
                using var tokens = Open(input);
                var name = InputFile.Source(input);
                var (result, bytes) = OutputFile.Write(output, audio => PercentProgress.Show(name, progress =>
                    tokenizer.Decode(tokens, name, audio, parsed.GetValue(codebooks), AudioOutput.Format(output, parsed.GetValue(raw)), progress, cancellation)));
                CodecFiles.Report(input, output, result, bytes, null, tokenizer.Model.Name, parsed.GetValue(json), string.Create(CultureInfo.InvariantCulture,
                    $"{InputFile.Name(input)}: {result.Seconds:0.00} s from {result.Frames} frames × {result.Codebooks} codebooks"));
            }, InputFile.Source));
        });
        return command;
    }

    private static Stream Open(string input)
    {
        if (input == InputFile.Pipe) return InputFile.OpenPipe();
        if (Directory.Exists(input)) throw new TokenFileException(input, "path", "a folder", "a token file");
        PlainFile.Require(input);
        return File.OpenRead(input);
    }
}
