using System.CommandLine;
using Qwen2Audio.Audio;

namespace Qwen2Audio.Cli.Commands;

/// <summary>Audio that a command writes: WAV or FLAC by the file's name, or raw samples.</summary>
internal static class AudioOutput
{
    private static readonly string[] RawEndings = [".raw", ".pcm"];

    public static Option<bool> Raw() => new("--raw") { Description = "Write 16-bit little-endian samples without a header, instead of WAV or FLAC." };

    /// <summary>The ending of files in a folder.</summary>
    public static string Ending(bool raw) => raw ? RawEndings[0] : ".wav";

    /// <summary>The format of an output.</summary>
    /// <exception cref="UsageException">The name asks for one that is not written here.</exception>
    public static AudioFileFormat Format(string output, bool raw) => raw ? AudioFileFormat.Raw : output == OutputFile.Pipe ? AudioFileFormat.Wav
        : AudioWriter.FormatOf(output) ?? throw new UsageException($"OUT is {output}: names that end in .wav or .flac are allowed; others with --raw, for samples without a header.");

    /// <summary>Refuses a name of another format, and a file of another kind that would be replaced.</summary>
    /// <exception cref="UsageException">It is one.</exception>
    public static void Check(string output, bool raw)
    {
        switch (Format(output, raw))
        {
            case AudioFileFormat.Wav:
                OutputFile.RequireKind(output, "WAV file", path => Begins(path, "RIFF"u8) || Begins(path, "RF64"u8));
                break;
            case AudioFileFormat.Flac:
                OutputFile.RequireKind(output, "FLAC file", path => Begins(path, "fLaC"u8));
                break;
            default: // raw samples have no mark of their own
                OutputFile.RequireKind(output, "file named .raw or .pcm", path => RawEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase));
                break;
        }
    }

    private static bool Begins(string path, ReadOnlySpan<byte> mark)
    {
        using var file = File.OpenRead(path);
        Span<byte> first = stackalloc byte[4];
        return file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.SequenceEqual(mark);
    }
}
