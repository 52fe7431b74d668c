using System.Runtime.CompilerServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Extensions;

/// <summary>
/// A transcriber of any kind as <see cref="ISpeechToTextClient"/>. Streams are read asynchronously only, and cancellation ends waiting for
/// them and for the model at once. The <see cref="Transcription"/> with words, segments and warnings is the raw
/// representation of the response, and of the last update of a stream; warnings are also in its additional property "warnings". Languages need
/// a <see cref="LoadedTranscriber"/>; unsupported settings throw rather than being ignored.
/// </summary>
/// <param name="owned">What to dispose with the client; nothing by default.</param>
/// <param name="modelId">The model's name for callers.</param>
/// <param name="limits">Limits for the audio of a stream; null: the defaults of <see cref="AudioReadOptions"/>.</param>
public sealed class Qwen2AudioSpeechToTextClient(
    ITranscriber transcriber, IDisposable? owned = null, string? modelId = null, AudioReadOptions? limits = null) : ISpeechToTextClient
{
    private readonly SpeechToTextClientMetadata _metadata = new("qwen2audio", defaultModelId: modelId);

    /// <inheritdoc/>
    /// <exception cref="AudioFormatException">The stream is not usable audio.</exception>
    /// <exception cref="NotSupportedException">An option is not supported here or by the model.</exception>
    /// <exception cref="OptionException">The model does not have the language.</exception>
    public async Task<SpeechToTextResponse> GetTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        var transcription = await TranscribeAsync(audioSpeechStream, options, cancellationToken).ConfigureAwait(false);
        return new SpeechToTextResponse(transcription.Text)
        {
            StartTime = TimeSpan.Zero,
            EndTime = TimeSpan.FromSeconds(transcription.SecondsOfAudio),
            ModelId = modelId,
            RawRepresentation = transcription,
            AdditionalProperties = Warnings(transcription),
        };
    }

    /// <summary>
    /// Yields the text of each segment (or the whole text, from models without segments) once the audio is transcribed, then an update without
    /// text that holds warnings and the <see cref="Transcription"/>, as <see cref="GetTextAsync"/> returns them. The updates'
    /// texts concatenated equal the text of <see cref="GetTextAsync"/>.
    /// A model that was trained for it is run while the audio arrives: each utterance is an update as soon as it ends, and its text may differ from that of <see cref="GetTextAsync"/>. A text that
    /// may still change is an update of kind <see cref="SpeechToTextResponseUpdateKind.TextUpdating"/> without text; its raw representation is the <see cref="PartialTranscription"/>. With
    /// <see cref="SpeechToTextOptions.SpeechSampleRate"/> the audio is read as a whole first.
    /// </summary>
    /// <inheritdoc cref="GetTextAsync"/>
    public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        if (options?.SpeechSampleRate is null && Streaming(Chosen(options)) is { } streaming)
        {
            var finals = new List<PartialTranscription>();
            await foreach (var text in streaming.StreamAsync(audioSpeechStream, limits, cancellationToken).ConfigureAwait(false))
            {
                if (text.Final is null) yield return Partial(text);
                else
                {
                    if (text.Text.Length > 0) yield return Update(finals.Any(final => final.Text.Length > 0) ? $" {text.Text}" : text.Text, text.Start, text.End);
                    finals.Add(text);
                }
            }

            yield return Last(Transcription.Of(finals));
            yield break;
        }

        var transcription = await TranscribeAsync(audioSpeechStream, options, cancellationToken).ConfigureAwait(false);
        var written = 0;
        foreach (var segment in transcription.Segments)
        {
            // segments are trimmed; the whole text shows whether spaces precede them
            var found = transcription.Text.IndexOf(segment.Text, written, StringComparison.Ordinal);
            var text = found < 0 ? segment.Text : transcription.Text[written..(found + segment.Text.Length)];
            if (found >= 0) written = found + segment.Text.Length;
            yield return Update(text, segment.Start, segment.End);
        }

        if (transcription.Segments.Count == 0 && transcription.Text.Length > 0) yield return Update(transcription.Text, 0, transcription.SecondsOfAudio);
        yield return Last(transcription);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : serviceType == typeof(SpeechToTextClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(transcriber) ? transcriber : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose() => owned?.Dispose();

    private async Task<Transcription> TranscribeAsync(Stream stream, SpeechToTextOptions? options, CancellationToken cancellation)
    {
        var chosen = Chosen(options);
        if (options?.SpeechSampleRate is not { } rate) return await chosen.TranscribeAsync(stream, limits, cancellation: cancellation).ConfigureAwait(false);
        var clip = await AudioFile.ReadAsync(stream, limits, cancellation: cancellation).ConfigureAwait(false);
        if (rate != clip.SampleRate) throw new OptionException($"SpeechSampleRate is {rate}; the audio says {clip.SampleRate}.");
        return await chosen.TranscribeAsync(clip, cancellation: cancellation).ConfigureAwait(false);
    }

    private static AdditionalPropertiesDictionary Warnings(Transcription transcription) =>
        new() { ["warnings"] = transcription.Warnings.Select(warning => warning.Text).ToArray() };

    /// <summary>The transcriber with the options applied.</summary>
    private ITranscriber Chosen(SpeechToTextOptions? options)
    {
        if (options is null) return transcriber;
        Refuse(options.ModelId is { } other && other != modelId, $"ModelId \"{options.ModelId}\"");
        Refuse(options.RawRepresentationFactory is not null, "RawRepresentationFactory");
        Refuse(options.AdditionalProperties is { Count: > 0 }, $"The additional property \"{options.AdditionalProperties?.Keys.FirstOrDefault()}\"");
        var (speech, text) = (Primary(options.SpeechLanguage), Primary(options.TextLanguage));
        if (speech is null && text is null) return transcriber;
        return transcriber is LoadedTranscriber loaded ? loaded.In(speech, text)
            : throw new NotSupportedException("SpeechLanguage and TextLanguage need a LoadedTranscriber.");
    }

    // "en" of "en-US": the models distinguish languages, not regions
    private static string? Primary(string? tag) => string.IsNullOrEmpty(tag) ? null : tag.Split('-', '_')[0].ToLowerInvariant();

    private static void Refuse(bool asked, string what)
    {
        if (asked) throw new NotSupportedException($"{what} is not supported here.");
    }

    private static Transcriber? Streaming(ITranscriber chosen) => chosen is LoadedTranscriber loaded ? loaded.Streaming : chosen is Transcriber { CanStream: true } own ? own : null;

    private SpeechToTextResponseUpdate Last(Transcription transcription) => new()
    {
        Kind = SpeechToTextResponseUpdateKind.SessionClose,
        StartTime = TimeSpan.Zero,
        EndTime = TimeSpan.FromSeconds(transcription.SecondsOfAudio),
        ModelId = modelId,
        RawRepresentation = transcription,
        AdditionalProperties = Warnings(transcription),
    };

    // without text, since readers join the texts of all updates
    private SpeechToTextResponseUpdate Partial(PartialTranscription text) => new()
    {
        Kind = SpeechToTextResponseUpdateKind.TextUpdating,
        StartTime = TimeSpan.FromSeconds(text.Start),
        EndTime = TimeSpan.FromSeconds(text.End),
        ModelId = modelId,
        RawRepresentation = text,
    };

    private SpeechToTextResponseUpdate Update(string text, double start, double end) => new(text)
    {
        ModelId = modelId,
        Kind = SpeechToTextResponseUpdateKind.TextUpdated,
        StartTime = TimeSpan.FromSeconds(start),
        EndTime = TimeSpan.FromSeconds(end),
    };
}
