using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Qwen2Audio.Formats.Manifests;

namespace Qwen2Audio.Evaluation;

/// <summary>A clip of a manifest with a model's answers; one JSON line of <see cref="ValidationOptions.Answers"/>.</summary>
internal sealed record EvaluatedClip : IClipAnswer
{
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
    public required string Dataset { get; init; }

    /// <summary>The manifest's text or label.</summary>
    public required string Reference { get; init; }

    /// <summary>The text with the default decoding; null if the clip was not transcribed.</summary>
    public string? Hypothesis => Texts is { Count: > 0 } ? Texts.First().Value : null;

    /// <summary>The label with the default decoding; null without a closed set.</summary>
    public string? Label => Labels is { Count: > 0 } ? Labels.First().Value : null;

    /// <summary>Word errors of <see cref="Hypothesis"/> after normalisation; null if it is not scored.</summary>
    public int? WordErrors { get; init; }

    /// <summary>Number of reference words after normalisation; null if it is not scored.</summary>
    public int? Words { get; init; }

    /// <summary>Confidences of the words of <see cref="Hypothesis"/>, from models that give them.</summary>
    public IReadOnlyList<double>? Confidences { get; init; }

    /// <summary>The closed set of the reference label; null for free speech.</summary>
    public string? LabelSet { get; init; }

    /// <summary>The texts by decoding, the default first.</summary>
    public IReadOnlyDictionary<string, string>? Texts { get; init; }

    /// <summary>The labels by decoding, the default first.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Probability of speech, from models that compute it.</summary>
    public double? SpeechProbability { get; init; }

    /// <summary>Warnings of the answers.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>Duration of the clip in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Time for the default answer in seconds, without reading the file.</summary>
    public double SecondsTaken { get; init; }

    /// <summary>Why there is no answer; null if there is one.</summary>
    public string? Error { get; init; }

    /// <summary>The model, with its adapter if it has one.</summary>
    public required string Model { get; init; }

    /// <summary>The model's decoding settings.</summary>
    public required string Decoding { get; init; }

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>Parses a line written by <see cref="ToJson"/>.</summary>
    /// <exception cref="JsonException">The line is not of this form.</exception>
    public static EvaluatedClip Parse(string line) =>
        JsonSerializer.Deserialize<EvaluatedClip>(line, Form) ?? throw new JsonException("null is not a clip");
}
