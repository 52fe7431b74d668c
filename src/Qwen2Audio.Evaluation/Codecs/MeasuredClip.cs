using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A clip with its figures; one JSON line of <see cref="CodecReportOptions.Answers"/>.</summary>
internal sealed record MeasuredClip : IClipAnswer
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        AllowDuplicateProperties = false,
    };

    public required string Path { get; init; }

    public double? Offset { get; init; }

    /// <summary>The clip's dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>Duration in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The figures of each bitrate and of each folder of decoded sounds.</summary>
    public IReadOnlyList<MeasuredCoding> Codings { get; init; } = [];

    /// <summary>The codes with the most codebooks, [codebook][frame]; null without a model.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Codes { get; init; }

    /// <summary>Warnings about reading the clip.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    public string? Error { get; init; }

    public required string Model { get; init; }

    public required string Decoding { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>Parses a line written by <see cref="ToJson"/>.</summary>
    /// <exception cref="JsonException">The line is not of this form.</exception>
    public static MeasuredClip Parse(string line) => JsonSerializer.Deserialize<MeasuredClip>(line, Form) ?? throw new JsonException("null is not a clip");
}
