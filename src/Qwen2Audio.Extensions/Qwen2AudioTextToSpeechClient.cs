using System.Runtime.CompilerServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Tasks;
using Qwen2Audio.Tasks.Synthesis;

namespace Qwen2Audio.Extensions;

/// <summary>
/// A <see cref="Synthesizer"/> as <see cref="ITextToSpeechClient"/>. The audio is mono, 16 bits: WAV, FLAC or samples without a header (<see cref="TextToSpeechOptions.AudioFormat"/> "wav", "flac" or
/// "pcm", or a media type). The additional properties "temperature", "guidance", "seed" and "voice_from" (a <see cref="ReferenceVoice"/>) set what <see cref="SynthesisOptions"/> calls so; other settings throw rather than being ignored. What was not spoken
/// is in the additional property "warnings" of the response, and of the last update of a stream, beside "sample_rate".
/// </summary>
/// <param name="synthesizer">The model.</param>
/// <param name="ownsSynthesizer">Whether to dispose the model with the client.</param>
/// <param name="modelId">The model's name for callers.</param>
public sealed class Qwen2AudioTextToSpeechClient(Synthesizer synthesizer, bool ownsSynthesizer = false, string? modelId = null) : ITextToSpeechClient
{
    private readonly TextToSpeechClientMetadata _metadata = new("qwen2audio", defaultModelId: modelId);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">An option is not supported here.</exception>
    /// <exception cref="OptionException">The model does not have the voice, or a setting is out of range.</exception>
    public async Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var (settings, format) = TextToSpeechSettings.Of(options, modelId);
        using var file = new MemoryStream();
        var writer = Writer(file, format);
        var warnings = new List<string>();
        await foreach (var piece in synthesizer.SpeakAsync(text, settings, cancellationToken).ConfigureAwait(false)) Add(piece, writer, warnings);
        writer.Finish();
        return new TextToSpeechResponse([Data(file.ToArray(), format)]) { ModelId = modelId, AdditionalProperties = Properties(writer, warnings) };
    }

    /// <summary>
    /// Yields the audio while it is made; the first update comes after a few frames of the first sentence. The data of all updates, one after another, are one file, whose header does not state its
    /// length. An update's raw representation is its <see cref="SpokenPiece"/>.
    /// </summary>
    /// <inheritdoc cref="GetAudioAsync"/>
    public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (settings, format) = TextToSpeechSettings.Of(options, modelId);
        using var bytes = new Pending();
        var writer = Writer(bytes, format);
        var warnings = new List<string>();
        await foreach (var piece in synthesizer.SpeakAsync(text, settings, cancellationToken).ConfigureAwait(false))
        {
            Add(piece, writer, warnings);
            if (bytes.Take() is { Length: > 0 } made)
                yield return new TextToSpeechResponseUpdate([Data(made, format)]) { Kind = TextToSpeechResponseUpdateKind.AudioUpdating, ModelId = modelId, RawRepresentation = piece };
        }

        writer.Finish();
        yield return new TextToSpeechResponseUpdate(bytes.Take() is { Length: > 0 } rest ? [Data(rest, format)] : [])
        {
            Kind = TextToSpeechResponseUpdateKind.SessionClose,
            ModelId = modelId,
            AdditionalProperties = Properties(writer, warnings),
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : serviceType == typeof(TextToSpeechClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(synthesizer) ? synthesizer : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        if (ownsSynthesizer) synthesizer.Dispose();
    }

    private AudioWriter Writer(Stream stream, AudioFileFormat format) => AudioWriter.Create(stream, new AudioForm(synthesizer.SampleRate, 1), format);

    private static void Add(SpokenPiece piece, AudioWriter writer, List<string> warnings)
    {
        warnings.AddRange(piece.Warnings.Select(warning => warning.Text));
        writer.Add(piece.Samples);
    }

    private static DataContent Data(byte[] bytes, AudioFileFormat format) => new(bytes, TextToSpeechSettings.MediaType(format));

    private AdditionalPropertiesDictionary Properties(AudioWriter writer, List<string> warnings)
    {
        if (writer.Clipped > 0) warnings.Add($"{writer.Clipped} samples exceeded full scale and were clipped.");
        return new() { ["sample_rate"] = synthesizer.SampleRate, ["warnings"] = warnings.ToArray() };
    }

    /// <summary>Bytes that wait to be taken, as in a pipe.</summary>
    private sealed class Pending : MemoryStream
    {
        public override bool CanSeek => false;

        public byte[] Take()
        {
            var bytes = ToArray();
            SetLength(0);
            return bytes;
        }
    }
}
