namespace Qwen2Audio.Audio;

/// <summary>
/// Reads WAV (RIFF, RF64) and FLAC; other audio (MP3, Ogg Vorbis, Opus, AIFF, AU, CAF, …) where libsndfile is installed. The content
/// decides which it is, never the name.
/// </summary>
public static class AudioFile
{
    internal const string Accepted = "WAV (RIFF or RF64; 8, 16, 24, 32-bit integer, 32, 64-bit float) or FLAC; with libsndfile MP3, Ogg Vorbis, Opus, AIFF, AU, CAF, Wave64";

    /// <summary>Reads a file.</summary>
    /// <exception cref="AudioFormatException">The path names a pipe or device (/dev/stdin may be a pipe), or the content is not usable; nothing of it is returned.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AudioClip Read(string path, AudioReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new FileNotFoundException($"{path} is a folder, not an audio file.", path);
        if (FileKinds.Refused(path) is { } found)
            throw new AudioFormatException(AudioFault.NotAudio, path, "path", found, "a readable plain file, or a pipe as /dev/stdin");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return Read(stream, options, path);
    }

    /// <summary>Reads from the stream's position on. The stream may return any number of bytes a read and need not be seekable.</summary>
    /// <param name="stream">The bytes; an error of the stream comes out as it is.</param>
    /// <param name="options">Limits and choices; default values when null.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="AudioFormatException">The content is not usable; nothing of it is returned.</exception>
    public static AudioClip Read(Stream stream, AudioReadOptions? options = null, string name = "stream") =>
        Read(stream, options, name, () => SndFile.IsInstalled);

    internal static AudioClip Read(Stream stream, AudioReadOptions? options, string name, Func<bool> isLibraryInstalled)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= new AudioReadOptions();
        if (!(options.MaxSeconds > 0)) throw new ArgumentOutOfRangeException(nameof(options), options.MaxSeconds, "MaxSeconds must be over 0.");
        if (options.MaxDecodedBytes < 4) throw new ArgumentOutOfRangeException(nameof(options), options.MaxDecodedBytes, "MaxDecodedBytes must be 4 at least.");
        var source = new ByteSource(stream, name);
        Content content = ContentKinds.Recognise(source);
        return content.Kind switch
        {
            ContentKind.Wav => new WavReader(source, options).Read(),
            ContentKind.Flac => new FlacReader(source, options).Read(),
            _ => new SndFileReader(source, options, content.Name).Read(isLibraryInstalled()),
        };
    }
}
