using Qwen2Audio.Audio.Compressed;
using Qwen2Audio.Audio.Flac;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Audio.Reading;
using Qwen2Audio.Audio.Resampling;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Audio;

/// <summary>
/// Reads WAV (RIFF, RF64) and FLAC, and other audio (MP3, Ogg Vorbis, Opus, AIFF, AU, CAF, SPHERE, …) if libsndfile is installed. The
/// format is recognised by content, not by file name.
/// </summary>
public static class AudioFile
{
    internal const string Accepted = "WAV (RIFF or RF64; 8, 16, 24, 32-bit integer, 32, 64-bit float, G.711) or FLAC; with libsndfile MP3, Ogg Vorbis, Opus, AIFF, AU, CAF, Wave64, SPHERE, ADPCM and GSM in WAV";

    /// <summary>Reads a file without resampling or mixing.</summary>
    /// <exception cref="AudioFormatException">The path names a pipe or device (/dev/stdin may be a pipe), or the content is not usable; nothing of it is returned.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AudioClip Read(string path, AudioReadOptions? options = null) => Read(path, new ReadRequest(options ?? new AudioReadOptions()));

    /// <summary>Reads from the stream's current position. The stream may return any number of bytes per read and need not be seekable.</summary>
    /// <param name="stream">The bytes; exceptions of the stream are passed on unchanged.</param>
    /// <param name="options">Limits and choices; default values when null.</param>
    /// <param name="name">The name that errors give to the stream.</param>
    /// <exception cref="AudioFormatException">The content is not usable; nothing of it is returned.</exception>
    public static AudioClip Read(Stream stream, AudioReadOptions? options = null, string name = "stream") =>
        Read(stream, new ReadRequest(options ?? new AudioReadOptions()), name, () => SndFile.IsInstalled);

    /// <summary>
    /// Reads a file as one channel at the given rate. It is decoded, averaged over its channels and resampled in pieces, so that only the result
    /// is held in memory. The samples are those of <see cref="AudioPreparation.Prepare"/>. Cancellation takes effect at once, even while a pipe stalls.
    /// </summary>
    /// <exception cref="AudioFormatException">The path names a pipe or device (/dev/stdin may be a pipe), or the content is not usable; nothing of it is returned.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static AudioClip ReadMono(string path, int sampleRate = LogMel.SampleRate, AudioReadOptions? options = null, CancellationToken cancellation = default) =>
        Read(path, Mono(sampleRate, options, cancellation));

    /// <summary>Reads one channel at the given rate from the stream's current position.</summary>
    /// <exception cref="AudioFormatException">The content is not usable; nothing of it is returned.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static AudioClip ReadMono(
        Stream stream, int sampleRate = LogMel.SampleRate, AudioReadOptions? options = null, string name = "stream", CancellationToken cancellation = default) =>
        Read(stream, Mono(sampleRate, options, cancellation), name, () => SndFile.IsInstalled);

    /// <summary>
    /// As <see cref="Read(Stream, AudioReadOptions?, string)"/>, but calls only the stream's asynchronous method, and decodes on a dedicated
    /// thread, so that a slow sender holds no pool thread. Limits are enforced as the bytes arrive. Cancellation takes effect at once, even
    /// while the stream stalls.
    /// </summary>
    /// <exception cref="AudioFormatException">The content is not usable; nothing of it is returned.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Task<AudioClip> ReadAsync(
        Stream stream, AudioReadOptions? options = null, string name = "stream", CancellationToken cancellation = default) =>
        ReadAsync(stream, new ReadRequest(options ?? new AudioReadOptions(), Cancellation: cancellation), name);

    /// <summary>As <see cref="ReadMono(Stream, int, AudioReadOptions?, string, CancellationToken)"/>, reading like <see cref="ReadAsync(Stream, AudioReadOptions?, string, CancellationToken)"/>.</summary>
    /// <inheritdoc cref="ReadAsync(Stream, AudioReadOptions?, string, CancellationToken)"/>
    public static Task<AudioClip> ReadMonoAsync(
        Stream stream, int sampleRate = LogMel.SampleRate, AudioReadOptions? options = null, string name = "stream", CancellationToken cancellation = default) =>
        ReadAsync(stream, Mono(sampleRate, options, cancellation), name);

    /// <summary>As <see cref="ReadMono(string, int, AudioReadOptions?, CancellationToken)"/>, on another thread.</summary>
    /// <inheritdoc cref="ReadMono(string, int, AudioReadOptions?, CancellationToken)"/>
    public static async Task<AudioClip> ReadMonoAsync(
        string path, int sampleRate = LogMel.SampleRate, AudioReadOptions? options = null, CancellationToken cancellation = default)
    {
        var request = Mono(sampleRate, options, cancellation);
        await using var stream = Open(path);
        // A file is read without waiting; a pipe may block a thread.
        return stream.CanSeek ? await Task.Run(() => Read(stream, request, path, () => SndFile.IsInstalled), request.Cancellation).ConfigureAwait(false)
            : await ReadAsync(stream, request, path).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads a file in the given form and passes the samples on as they come, with constant memory. No limit of bytes applies, except to compressed
    /// streams that cannot seek.
    /// </summary>
    /// <param name="path">The file, or a pipe at /dev/stdin.</param>
    /// <param name="form">Rate and channels to convert to.</param>
    /// <param name="handler">Receives the samples.</param>
    /// <param name="options">Limits and choices; default values when null.</param>
    /// <param name="progress">Called with the fraction of the file that was read, 0…1; not for a pipe.</param>
    /// <param name="cancellation">Ends reading and waiting.</param>
    /// <returns>The warnings.</returns>
    /// <exception cref="AudioFormatException">The content is not usable from some place on; what comes before was passed on.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<AudioWarning> ReadPieces(string path, AudioForm form, SampleHandler handler, AudioReadOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        using var stream = Open(path);
        return Read(stream, new ReadRequest(options ?? new AudioReadOptions(), form, samples =>
        {
            handler(samples);
            if (progress is not null && stream.CanSeek && stream.Length > 0) progress.Report((double)stream.Position / stream.Length);
        }, cancellation), path).Warnings;
    }

    /// <summary>As <see cref="ReadPieces"/>, from a stream's current position; reads like <see cref="ReadAsync(Stream, AudioReadOptions?, string, CancellationToken)"/>. The handler runs on the reading thread.</summary>
    /// <inheritdoc cref="ReadPieces"/>
    public static async Task<IReadOnlyList<AudioWarning>> ReadPiecesAsync(Stream stream, AudioForm form, SampleHandler handler, AudioReadOptions? options = null,
        string name = "stream", CancellationToken cancellation = default) =>
        (await ReadAsync(stream, new ReadRequest(options ?? new AudioReadOptions(), form, handler, cancellation), name).ConfigureAwait(false)).Warnings;

    private static Task<AudioClip> ReadAsync(Stream stream, ReadRequest request, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Task.Factory.StartNew(
            () =>
            {
                using var bytes = new AsyncReadStream(stream, request.Cancellation);
                return Read(bytes, request, name, () => SndFile.IsInstalled);
            },
            request.Cancellation, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
    }

    internal static AudioClip Read(Stream stream, ReadRequest request, string name, Func<bool> isLibraryInstalled)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var options = request.Options;
        if (!(options.MaxSeconds > 0)) throw new ArgumentOutOfRangeException(nameof(request), options.MaxSeconds, "MaxSeconds must be greater than 0.");
        if (options.MaxDecodedBytes < 4) throw new ArgumentOutOfRangeException(nameof(request), options.MaxDecodedBytes, "MaxDecodedBytes must be at least 4.");
        var source = new ByteSource(stream, name);
        var content = ContentKinds.Recognise(source);
        return content.Kind switch
        {
            ContentKind.Wav => new WavReader(source, request).Read(),
            ContentKind.Flac => new FlacReader(source, request).Read(),
            ContentKind.Mp3 when isLibraryInstalled() && Mpg123.IsInstalled => new Mp3Reader(source, request).Read(),
            ContentKind.Unknown when !source.CanSeek || !isLibraryInstalled() => throw source.Fault(AudioFault.NotAudio, "content", content.Name, Accepted),
            _ => new SndFileReader(source, request, content).Read(isLibraryInstalled()),
        };
    }

    private static AudioClip Read(string path, ReadRequest request)
    {
        using var stream = Open(path);
        return Read(stream, request, path);
    }

    // a file gives its bytes at once; a pipe may stall
    internal static AudioClip Read(FileStream stream, ReadRequest request, string path)
    {
        using var bytes = stream.CanSeek || !request.Cancellation.CanBeCanceled ? null : new AsyncReadStream(stream, request.Cancellation);
        return Read(bytes ?? (Stream)stream, request, path, () => SndFile.IsInstalled);
    }

    private static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new FileNotFoundException($"{path} is a folder, not an audio file.", path);
        if (FileKinds.Refused(path) is { } found)
            throw new AudioFormatException(AudioFault.NotAudio, path, "path", found, "a readable regular file, or a pipe at /dev/stdin");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
    }

    private static ReadRequest Mono(int sampleRate, AudioReadOptions? options, CancellationToken cancellation)
    {
        Resampler.Require(sampleRate, nameof(sampleRate));
        return new ReadRequest(options ?? new AudioReadOptions(), new AudioForm(sampleRate, 1), Cancellation: cancellation);
    }
}
