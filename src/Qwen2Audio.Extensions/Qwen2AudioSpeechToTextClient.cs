using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;

namespace Qwen2Audio.Extensions;

/// <summary>
/// A transcriber of any kind as <see cref="ISpeechToTextClient"/>. The <see cref="Transcription"/> with its words, segments and warnings is
/// the response's raw representation; warnings are in the additional property "warnings".
/// </summary>
/// <param name="transcriber">The transcriber.</param>
/// <param name="owned">What is disposed of with the client; nothing by default.</param>
public sealed class Qwen2AudioSpeechToTextClient(ITranscriber transcriber, IDisposable? owned = null) : ISpeechToTextClient
{
    private readonly SpeechToTextClientMetadata _metadata = new("qwen2audio");

    /// <inheritdoc/>
    /// <exception cref="AudioFormatException">The stream is no usable audio.</exception>
    public async Task<SpeechToTextResponse> GetTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        var heard = await Task.Run(() => transcriber.Transcribe(AudioFile.Read(audioSpeechStream), cancellationToken), cancellationToken).ConfigureAwait(false);
        return new SpeechToTextResponse(heard.Text)
        {
            StartTime = TimeSpan.Zero,
            EndTime = TimeSpan.FromSeconds(heard.SecondsOfAudio),
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

    private static SpeechToTextResponseUpdate Update(string text, double start, double end) => new(text)
    {
        Kind = SpeechToTextResponseUpdateKind.TextUpdated,
        StartTime = TimeSpan.FromSeconds(start),
        EndTime = TimeSpan.FromSeconds(end),
    };
}
