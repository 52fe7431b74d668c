using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Extensions;

/// <summary>
/// A transcriber of any kind as <see cref="ISpeechToTextClient"/>. The <see cref="Transcription"/> with its words, segments and warnings is
/// the response's raw representation; warnings are in the additional property "warnings". Languages need a <see cref="LoadedTranscriber"/>;
/// settings without a counterpart are refused, not left out.
/// </summary>
/// <param name="transcriber">The transcriber.</param>
/// <param name="owned">What is disposed of with the client; nothing by default.</param>
/// <param name="modelId">The name by which callers may ask for the model.</param>
public sealed class Qwen2AudioSpeechToTextClient(ITranscriber transcriber, IDisposable? owned = null, string? modelId = null) : ISpeechToTextClient
{
    private readonly SpeechToTextClientMetadata _metadata = new("qwen2audio", defaultModelId: modelId);

    /// <inheritdoc/>
    /// <exception cref="AudioFormatException">The stream is no usable audio.</exception>
    /// <exception cref="NotSupportedException">An option has no counterpart here, or the model does not know it.</exception>
    /// <exception cref="OptionException">The model does not have the language.</exception>
    public async Task<SpeechToTextResponse> GetTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        var chosen = Chosen(options);
        var heard = await Task.Run(() => chosen.Transcribe(Read(audioSpeechStream, options), cancellationToken), cancellationToken).ConfigureAwait(false);
        return new SpeechToTextResponse(heard.Text)
        {
            StartTime = TimeSpan.Zero,
            EndTime = TimeSpan.FromSeconds(heard.SecondsOfAudio),
            ModelId = modelId,
            RawRepresentation = heard,
            AdditionalProperties = new AdditionalPropertiesDictionary { ["warnings"] = heard.Warnings.Select(warning => warning.Text).ToArray() },
        };
    }

    /// <summary>The text of each segment (or the whole, from models without segments) once the audio is transcribed.</summary>
    public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        var response = await GetTextAsync(audioSpeechStream, options, cancellationToken).ConfigureAwait(false);
        var heard = (Transcription)response.RawRepresentation!;
        if (heard.Segments.Count == 0)
        {
            yield return Update(heard.Text, 0, heard.SecondsOfAudio);
            yield break;
        }

        foreach (var segment in heard.Segments) yield return Update(segment.Text, segment.Start, segment.End);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : serviceType == typeof(SpeechToTextClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(transcriber) ? transcriber : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();

    private static AudioClip Read(Stream stream, SpeechToTextOptions? options)
    {
        var clip = AudioFile.Read(stream);
        return options?.SpeechSampleRate is not { } rate || rate == clip.SampleRate ? clip
            : throw new OptionException($"SpeechSampleRate is {rate}; the audio says {clip.SampleRate}.");
    }

    /// <summary>The transcriber for the options.</summary>
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

    // en of en-US: the models know languages, not regions
    private static string? Primary(string? tag) => string.IsNullOrEmpty(tag) ? null : tag.Split('-', '_')[0].ToLowerInvariant();

    private static void Refuse(bool asked, string what)
    {
        if (asked) throw new NotSupportedException($"{what} is not supported here.");
    }

    private static SpeechToTextResponseUpdate Update(string text, double start, double end) => new(text)
    {
        Kind = SpeechToTextResponseUpdateKind.TextUpdated,
        StartTime = TimeSpan.FromSeconds(start),
        EndTime = TimeSpan.FromSeconds(end),
    };
}
