using System.Runtime.CompilerServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Reading;
using Qwen2Audio.Audio.Resampling;
using Qwen2Audio.Formats.Files;
using Qwen2Audio.Formats.Tokens;
using Qwen2Audio.Inference.Codec;
using Qwen2Audio.Tasks.Results;
using Qwen2Audio.Tasks.Tokens;

namespace Qwen2Audio.Tasks;

public sealed partial class AudioTokenizer
{
    /// <summary>Encodes audio that comes in pieces of any length; memory does not grow.</summary>
    /// <param name="pieces">Samples, interleaved, full scale ±1; whole frames.</param>
    /// <param name="form">Their sampling rate and channels.</param>
    /// <param name="options">Codebooks and level.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>The tokens, as soon as they are known. The last piece has the length of the audio and the warnings, and may have no frames.</returns>
    /// <exception cref="OptionException">The codec does not support this number of codebooks or a gain, or the gain is not a positive number.</exception>
    /// <exception cref="ArgumentException">A sample is not finite, or a piece does not consist of whole frames.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<TokenPiece> EncodeAsync(IAsyncEnumerable<ReadOnlyMemory<float>> pieces, AudioForm form, AudioEncodingOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        using var run = new EncodingRun(this, options, cancellation);
        var converted = new List<float>();
        var conversion = new AudioConversion(form, Form, samples => converted.AddRange(samples));
        await foreach (var piece in pieces.WithCancellation(cancellation).ConfigureAwait(false))
        {
            if (piece.Length % form.Channels != 0) throw new ArgumentException($"A piece of {piece.Length} samples does not consist of whole frames of {form.Channels} channels.", nameof(pieces));
            conversion.Add(piece.Span);
            foreach (var made in await Take(false).ConfigureAwait(false)) yield return made;
        }

        conversion.Finish();
        foreach (var made in await Take(true).ConfigureAwait(false)) yield return made;
        yield return new TokenPiece([], run.Codebooks, 1) { Samples = run.Encoding.Samples, Warnings = run.All(conversion.Warnings) };

        Task<List<TokenPiece>> Take(bool ends)
        {
            var samples = converted.ToArray();
            converted.Clear();
            return _parts.Gate.RunAsync(() => run.Encoding.Add(samples, ends), cancellation);
        }
    }

    /// <summary>Decodes tokens that come in pieces; memory does not grow.</summary>
    /// <param name="pieces">The tokens, in pieces of any number of frames; if the codec has chunks, in whole chunks. The last piece has the length of the audio.</param>
    /// <param name="codebooks">Number of codebooks to use; null: all that the first piece has.</param>
    /// <param name="cancellation">Ends waiting at once, and computing between two layers.</param>
    /// <returns>Interleaved samples at the codec's rate and channels, as many as the original audio had. They may exceed full scale.</returns>
    /// <exception cref="OptionException">The tokens do not have this number of codebooks.</exception>
    /// <exception cref="ArgumentException">A code is not an entry of its codebook, the length does not fit the number of frames, or no piece has a length.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<float>> DecodeAsync(IAsyncEnumerable<TokenPiece> pieces, int? codebooks = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        DecodingRun? run = null;
        try
        {
            long? length = null;
            await foreach (var piece in pieces.WithCancellation(cancellation).ConfigureAwait(false))
            {
                run ??= new DecodingRun(this, codebooks, piece.Codebooks, cancellation);
                var samples = await _parts.Gate.RunAsync(() => run.Decoding.Add(piece), cancellation).ConfigureAwait(false);
                if (samples.Length > 0) yield return samples;
                if ((length = piece.Samples) is not null) break;
            }

            if (run is null || length is null) throw new ArgumentException("No piece has the length of the audio: the last pieces are missing.", nameof(pieces));
            var rest = await _parts.Gate.RunAsync(() => run.Decoding.Finish(length.Value), cancellation).ConfigureAwait(false);
            if (rest.Length > 0) yield return rest;
        }
        finally
        {
            run?.Dispose();
        }
    }

    /// <summary>Encodes an audio file and writes a token file to a stream, with constant memory.</summary>
    /// <exception cref="AudioFormatException">The audio file is not usable.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <inheritdoc cref="Encode(AudioClip, AudioEncodingOptions?, IProgress{double}?, CancellationToken)"/>
    public CodingResult Encode(string path, Stream tokens, AudioEncodingOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        using var run = new EncodingRun(this, options, cancellation);
        var writer = new PieceWriter(this, run.Codebooks, tokens);
        return Written(run, writer, AudioFile.ReadPieces(path, Form, samples => run.Add(samples, writer.Write), options?.Reading, progress, cancellation));
    }

    /// <summary>Encodes the audio of a stream and writes a token file to another stream, with constant memory. If that one cannot seek, each piece is written as soon as it is known.</summary>
    /// <exception cref="AudioFormatException">The content is not usable audio.</exception>
    /// <inheritdoc cref="Encode(AudioClip, AudioEncodingOptions?, IProgress{double}?, CancellationToken)"/>
    public async Task<CodingResult> EncodeAsync(Stream audio, Stream tokens, AudioEncodingOptions? options = null, string name = "stream", CancellationToken cancellation = default)
    {
        using var run = new EncodingRun(this, options, cancellation);
        var writer = new PieceWriter(this, run.Codebooks, tokens);
        var warnings = await AudioFile.ReadPiecesAsync(audio, Form, samples =>
        {
            run.Add(samples, writer.Write);
            if (!tokens.CanSeek) writer.Flush();
        }, options?.Reading, name, cancellation).ConfigureAwait(false);
        return Written(run, writer, warnings);
    }

    /// <summary>Decodes a token file to an audio file of 16-bit samples, with constant memory. If the token file can seek, all of it is verified before anything is written.</summary>
    /// <param name="tokens">The token file. A stalled read ends on cancellation.</param>
    /// <param name="name">Its name in errors.</param>
    /// <param name="audio">Receives the audio file. If neither stream can seek, its header does not state the length.</param>
    /// <param name="codebooks">Number of codebooks to use; null: all that the file has.</param>
    /// <param name="format">The format of the audio file.</param>
    /// <param name="progress">Called with the fraction done, 0…1, if the file can seek.</param>
    /// <param name="cancellation">Ends reading and waiting at once, and computing between two layers.</param>
    /// <exception cref="TokenFileException">The file is damaged, truncated, or from another codec.</exception>
    /// <exception cref="OptionException">The file does not have this number of codebooks.</exception>
    /// <exception cref="IOException">A stream cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public CodingResult Decode(Stream tokens, string name, Stream audio, int? codebooks = null, AudioFileFormat format = AudioFileFormat.Wav, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        var whole = tokens.CanSeek ? Scan(tokens, name, cancellation) : null;
        var reader = Open(tokens, name, cancellation);
        using var run = new DecodingRun(this, codebooks, reader.Header.Codebooks, cancellation);
        var writer = AudioWriter.Create(audio, Form, format, whole?.Samples);
        while (Read(reader) is { } piece)
        {
            var samples = run.Add(piece);
            if (run.Decoding.Released > whole?.Samples) throw WrongLength(name, whole.Samples.Value, $"at least {run.Decoding.Released}, the length of the first {reader.Frames} frames");
            writer.Add(samples);
            if (!audio.CanSeek) audio.Flush();
            if (whole is { Frames: > 0 }) progress?.Report((double)reader.Frames / whole.Frames);
        }

        writer.Add(Ended(run, name, reader.Samples!.Value));
        writer.Finish();
        var warnings = new List<TaskWarning>();
        if (writer.Clipped > 0) warnings.Add(new TaskWarning("clipped", $"{writer.Clipped} samples exceeded full scale and were clipped; the largest magnitude is {run.Peak:g6}."));
        if (AttentionWindow.Warning(Codec, reader.Samples.Value, "samples") is { } window) warnings.Add(TaskWarning.Of(window));
        return Result(reader.Frames, reader.Samples!.Value, run.Codebooks, warnings);
    }

    /// <summary>Writes tokens as a token file.</summary>
    /// <exception cref="OptionException">The tokens are from another codec.</exception>
    /// <exception cref="ArgumentException">A code is not an entry of its codebook.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void Save(AudioTokens tokens, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (!tokens.Header.Model.Matches(Model)) throw new OptionException($"The tokens are from {tokens.Header.Model}; this codec is {Model}.");
        var writer = new PieceWriter(this, tokens.Header.Codebooks, stream);
        foreach (var piece in tokens.Pieces) writer.Write(piece);
        writer.Finish(tokens.Samples);
    }

    /// <summary>Writes tokens as a token file, which gets its name once it is complete.</summary>
    /// <inheritdoc cref="Save(AudioTokens, Stream)"/>
    public void Save(AudioTokens tokens, string path) => AtomicFile.Write(path, stream => Save(tokens, stream));

    /// <summary>Reads a token file.</summary>
    /// <exception cref="TokenFileException">The file is damaged, truncated, or from another codec.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public AudioTokens LoadTokens(string path)
    {
        if (Directory.Exists(path)) throw new TokenFileException(path, "path", "a folder", "a token file");
        PlainFile.Require(path);
        using var file = File.OpenRead(path);
        return LoadTokens(file, path);
    }

    /// <summary>Reads a token file from a stream's current position to its end.</summary>
    /// <inheritdoc cref="LoadTokens(string)"/>
    public AudioTokens LoadTokens(Stream stream, string name = "stream")
    {
        var reader = Open(stream, name, default);
        var pieces = new List<TokenPiece>();
        while (Read(reader) is { } piece) pieces.Add(piece);
        return new AudioTokens { Header = reader.Header, Pieces = pieces, Samples = Length(reader, name) };
    }

    private CodingResult Written(EncodingRun run, PieceWriter writer, IReadOnlyList<AudioWarning> warnings)
    {
        run.Add([], writer.Write, ends: true);
        writer.Finish(run.Encoding.Samples);
        return Result(writer.Frames, run.Encoding.Samples, run.Codebooks, run.All(warnings));
    }

    private CodingResult Result(long frames, long samples, int codebooks, IReadOnlyList<TaskWarning> warnings) =>
        new() { Samples = samples, Seconds = (double)samples / Config.SamplingRate, Frames = frames, Codebooks = codebooks, Warnings = warnings };

    private TokenFileReader Open(Stream stream, string name, CancellationToken cancellation) =>
        _files.Open(cancellation.CanBeCanceled && !stream.CanSeek ? new AsyncReadStream(stream, cancellation) : stream, name);

    private TokenFileReader Scan(Stream stream, string name, CancellationToken cancellation)
    {
        var start = stream.Position;
        var reader = Open(stream, name, cancellation);
        while (reader.Skip() > 0) cancellation.ThrowIfCancellationRequested();
        Length(reader, name);
        stream.Position = start;
        return reader;
    }

    private static TokenPiece? Read(TokenFileReader reader) => reader.Read() is { } block ? new TokenPiece(block.Codes, reader.Header.Codebooks, block.Scale) : null;

    private long Length(TokenFileReader reader, string name)
    {
        var samples = reader.Samples!.Value;
        var (min, max) = TokenDecoding.Lengths(Config, reader.Frames);
        return samples >= min && samples <= max ? samples : throw WrongLength(name, samples, $"{min}…{max} for {reader.Frames} frames");
    }

    private static TokenFileException WrongLength(string name, long samples, string allowed, Exception? inner = null) =>
        new(name, "end of the file", $"a length of {samples} samples", allowed, inner);

    private static float[] Ended(DecodingRun run, string name, long samples)
    {
        try
        {
            return run.Finish(samples);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw WrongLength(name, samples, exception.Message.Split(" (Parameter", 2)[0].TrimEnd('.'), exception);
        }
    }

    /// <summary>Writes pieces to a token file.</summary>
    private sealed class PieceWriter(AudioTokenizer tokenizer, int codebooks, Stream stream)
    {
        private readonly TokenFileWriter _writer = tokenizer._files.Create(stream, codebooks);

        public long Frames { get; private set; }

        public void Write(TokenPiece piece)
        {
            Frames += piece.Frames;
            tokenizer._files.Add(_writer, new CodecFrames(piece.Codes, codebooks, piece.Scale));
        }

        public void Flush() => _writer.Flush();

        public void Finish(long samples) => _writer.Finish(samples);
    }
}
