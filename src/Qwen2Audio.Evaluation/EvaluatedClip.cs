using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Qwen2Audio.Evaluation;

/// <summary>A clip of a manifest and what a model answered about it; a JSON line of <see cref="ValidationOptions.Answers"/>.</summary>
internal sealed record EvaluatedClip
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

    /// <summary>Where the clip begins in its file, in seconds; null: the clip is the whole file.</summary>
    public double? Offset { get; init; }

    /// <summary>The collection that it belongs to.</summary>
    public required string Dataset { get; init; }

    /// <summary>What the manifest says: the words, or the label.</summary>
    public required string Reference { get; init; }

    /// <summary>The text that the model wrote in its usual way; null where it was not asked for one.</summary>
    public string? Hypothesis => Texts is { Count: > 0 } ? Texts.First().Value : null;

    /// <summary>The label that the model chose in its usual way; null where there was no closed set.</summary>
    public string? Label => Labels is { Count: > 0 } ? Labels.First().Value : null;

    /// <summary>Errors of <see cref="Hypothesis"/> in words, both texts normalised; null where it is not compared.</summary>
    public int? WordErrors { get; init; }

    /// <summary>Words of the reference, normalised; null where it is not compared.</summary>
    public int? Words { get; init; }

    /// <summary>The closed set that the reference is a label of; null for free speech.</summary>
    public string? LabelSet { get; init; }

    /// <summary>The texts by the way in which they were chosen, the usual one first.</summary>
    public IReadOnlyDictionary<string, string>? Texts { get; init; }

    /// <summary>The labels by the way in which they were chosen, the usual one first.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Probability that the clip is speech, from models that are asked for it.</summary>
    public double? SpeechProbability { get; init; }

    /// <summary>What the answers owe to more than the model.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>Duration of the clip in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Time for the usual answer, without reading the file, in seconds.</summary>
    public double SecondsTaken { get; init; }

    /// <summary>Why there is no answer; null where there is one.</summary>
    public string? Error { get; init; }

    /// <summary>The model, with its adapter where it has one.</summary>
    public required string Model { get; init; }

    /// <summary>How it was asked.</summary>
    public required string Decoding { get; init; }

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>A line that <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is another.</exception>
    public static EvaluatedClip Parse(string line) =>
        JsonSerializer.Deserialize<EvaluatedClip>(line, Form) ?? throw new JsonException("null is no clip");
}
