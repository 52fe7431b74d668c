using System.CommandLine;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Cli.Commands;

/// <summary>The command encode.</summary>
internal static class EncodeCommand
{
    public static Command Create()
    {
        var paths = CodecFiles.Paths("Audio files (as for transcribe), then the token file to write, or an existing folder that gets one for each. - is standard input or output.");
        var model = CommonOptions.Codec();
        var codebooks = CodecFiles.Codebooks("Number of codebooks, which sets the bitrate (default: all).");
        var gain = CommonOptions.Number("--gain", "Our codec: multiply the samples by this factor instead of bringing each stretch of 10 s to the training level; tokens are then written without waiting for the end of a stretch.", 1e-6, 1e6);
        var threads = CommonOptions.Threads();
        var json = CommonOptions.Json();
        var command = new Command("encode",
            """
            Encodes audio as discrete tokens with a codec.

            Examples:
              qwen2audio encode talk.wav talk.tokens
              qwen2audio encode talk.wav talk.tokens --codebooks 3
              arecord -f S16_LE -r 16000 | qwen2audio encode - - --gain 1 | qwen2audio decode - - | aplay
            """)
        {
            paths, model, codebooks, gain, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var pairs = CodecFiles.Pairs(parsed.GetValue(paths)!, ".tokens", parsed.GetValue(json), output => OutputFile.RequireKind(output, "token file", TokenFileReader.Is));
            using var tokenizer = AudioTokenizer.Load(CommonOptions.CodecFolder(parsed.GetValue(model)), new ModelLoadOptions { Threads = parsed.GetValue(threads) });
            Warnings.Write(tokenizer.Warnings);
            var options = new AudioEncodingOptions { Codebooks = parsed.GetValue(codebooks), Gain = parsed.GetValue(gain) };
            return Task.FromResult(PerFile.Run([.. pairs.Keys], parsed.GetValue(json), input =>
            {
                var output = pairs[input];
                var (result, bytes) = OutputFile.Write(output, stream => input == InputFile.Pipe
                    ? tokenizer.EncodeAsync(InputFile.OpenPipe(), stream, options, InputFile.Source(input), cancellation).GetAwaiter().GetResult()
                    : PercentProgress.Show(input, progress => tokenizer.Encode(input, stream, options, progress, cancellation)));
                var kilobits = result.Samples == 0 ? 0 : 8 * bytes / result.Seconds / 1000;
                CodecFiles.Report(input, output, result, bytes, Math.Round(kilobits, 3), tokenizer.Model.Name, parsed.GetValue(json), string.Create(CultureInfo.InvariantCulture,
                    $"{InputFile.Name(input)}: {result.Seconds:0.00} s as {result.Frames} frames × {result.Codebooks} codebooks, {Bytes.Shown(bytes)}, {kilobits:0.00} kbit/s"));
            }, InputFile.Source));
        });
        return command;
    }
}
