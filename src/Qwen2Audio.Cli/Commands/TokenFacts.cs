using Qwen2Audio.Formats.Tokens;

namespace Qwen2Audio.Cli.Commands;

/// <summary>What info reports about a token file. It reads the whole file and verifies the checksums; the codec is not needed.</summary>
internal static class TokenFacts
{
    public static List<ModelFact> Of(string path)
    {
        using var file = path == InputFile.Pipe ? InputFile.OpenPipe() : File.OpenRead(path);
        var reader = new TokenFileReader(file, InputFile.Source(path));
        while (reader.Skip() > 0)
        {
        }

        var (header, samples) = (reader.Header, reader.Samples!.Value);
        var coding = header.Probabilities.Name is { Length: > 0 } name ? name : header.Probabilities.Type;
        var seconds = (double)samples / header.SamplingRate;
        var plainBytes = (long)Math.Ceiling(reader.Frames * header.Codebooks * Math.Log2(header.Entries) / 8);
        var (plain, stored) = seconds == 0 ? (0, 0) : (reader.Frames * header.Codebooks * Math.Log2(header.Entries) / seconds / 1000, 8 * reader.Bytes / seconds / 1000);
        return
        [
            new("file", "token file", path, path),
            new("model_type", "model type", header.Model.Type, header.Model.Type),
            new("model", "model", header.Model.Name, header.Model.Name),
            new("model_sha256", "SHA-256", header.Model.Sha256, header.Model.Sha256),
            new("seconds", "audio", seconds, Text($"{seconds:0.00} s, {header.SamplingRate} Hz, {header.Channels} {(header.Channels == 1 ? "channel" : "channels")}")),
            new("samples", "", samples, ""),
            new("sampling_rate", "", header.SamplingRate, ""),
            new("channels", "", header.Channels, ""),
            new("frames", "tokens", reader.Frames, Text($"{reader.Frames} frames ({header.FrameRate:0.##} a second) × {header.Codebooks} codebooks of {header.Entries}")),
            new("codebooks", "", header.Codebooks, ""),
            new("entries", "", header.Entries, ""),
            new("kilobits", "bitrate", stored, Text($"{stored:0.00} kbit/s in the file, {plain:0.00} before entropy coding")),
            new("plain_kilobits", "", plain, ""),
            new("bytes", "size", reader.Bytes, Text($"{Bytes.Shown(reader.Bytes)}: codes {reader.CodedBytes} bytes ({plainBytes} before entropy coding), header {reader.HeaderBytes}, blocks and end {reader.Bytes - reader.HeaderBytes - reader.CodedBytes}")),
            new("coded_bytes", "", reader.CodedBytes, ""),
            new("plain_bytes", "", plainBytes, ""),
            new("header_bytes", "", reader.HeaderBytes, ""),
            new("probabilities", "entropy coding", coding, coding + (reader.PlainBlocks == 0 ? "" : Text($"; none in {reader.PlainBlocks} of {reader.Blocks} blocks, which it would make longer"))),
            new("blocks", "", reader.Blocks, ""),
            new("plain_blocks", "", reader.PlainBlocks, ""),
            new("version", "", header.Version, ""),
        ];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
