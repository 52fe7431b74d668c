using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Formats.Alignments;

/// <summary>A phone with its time in the audio.</summary>
/// <param name="Phone">Its name in the CMU dictionary, without stress.</param>
/// <param name="Start">Start in seconds.</param>
/// <param name="End">End in seconds.</param>
public readonly record struct AlignedPhone(string Phone, double Start, double End);

/// <summary>A word with its time in the audio, and its phones, which fill it without gaps.</summary>
/// <param name="Text">The word.</param>
/// <param name="Start">Start in seconds.</param>
/// <param name="End">End in seconds.</param>
/// <param name="Confidence">How well the audio fits the phones: the mean over them of the largest probability that the recogniser gives each in its time, 0…1.</param>
/// <param name="Phones">The phones of the pronunciation that fits best.</param>
public sealed record AlignedWord(string Text, double Start, double End, double Confidence, IReadOnlyList<AlignedPhone> Phones);

/// <summary>The phones and words of a manifest's clip with their times; one JSON line of a file of alignments. Times count from the start of the clip.</summary>
public sealed record AlignedClip : IClipAnswer
{
    private const double Slack = 1e-6;

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        AllowDuplicateProperties = false,
    };

    /// <summary>The audio file.</summary>
    public required string Path { get; init; }

    /// <summary>Start of the clip within its file, in seconds; null: the whole file.</summary>
    public double? Offset { get; init; }

    /// <summary>The clip's dataset.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <summary>Duration of the clip in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The words in order; between them and at the ends is silence.</summary>
    public IReadOnlyList<AlignedWord> Words { get; init; } = [];

    /// <summary>Warnings.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>Why there is no alignment; null if there is one.</summary>
    public string? Error { get; init; }

    /// <summary>The recogniser.</summary>
    public required string Model { get; init; }

    /// <summary>The pronunciations.</summary>
    public required string Decoding { get; init; }

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>Parses a line written by <see cref="ToJson"/>.</summary>
    /// <exception cref="JsonException">The line is not of this form, or its times are not in order.</exception>
    public static AlignedClip Parse(string line)
    {
        var clip = JsonSerializer.Deserialize<AlignedClip>(line, Form) ?? throw new JsonException("null is not a clip");
        var last = 0.0;
        foreach (var (start, end) in (clip.Words ?? throw new JsonException("words: found null; allowed: a list")).SelectMany(word => word.Phones.Select(phone => (phone.Start, phone.End))))
        {
            if (!(start >= last - Slack && end > start && end <= clip.Seconds + Slack)) throw new JsonException($"found a phone from {start} to {end} s after one that ends at {last} s, in a clip of {clip.Seconds} s; allowed: times in order within the clip");
            last = end;
        }

        return clip;
    }

    /// <summary>Reads a file of alignments.</summary>
    /// <param name="path">The file.</param>
    /// <param name="failed">Whether clips without an alignment, which have an <see cref="Error"/>, are not left out.</param>
    /// <exception cref="ManifestException">The file cannot be read, or a line is not an aligned clip.</exception>
    public static IReadOnlyList<AlignedClip> Read(string path, bool failed = false)
    {
        var clips = new List<AlignedClip>();
        var number = 0;
        try
        {
            Files.PlainFile.Require(path);
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (line.Length > 0 && Parse(line) is var clip && (failed || clip.Error is null)) clips.Add(clip);
            }
        }
        catch (JsonException exception)
        {
            throw new ManifestException(path, number, null, $"{exception.Message} Allowed: lines that the command align wrote.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException(path, 0, null, Files.PlainFile.Reason(exception, path), exception);
        }

        return clips;
    }
}
